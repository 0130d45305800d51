/**
 * Other people's implementations of the same standards, for the Python tests to hold ours against: Cloudflare's
 * privacypass-ts as a client and as an issuer, and hpke with noble's cryptography as a sealer and as an opener.
 *
 * Nothing of ours is imported here: what a standard leaves to us is written out again from docs/protocol.md.
 */

import { publicVerif, AuthorizationHeader, Token, sendTokenRequest, WWWAuthenticateHeader } from "@cloudflare/privacypass-ts";
import { AEAD_AES_256_GCM, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from "@panva/hpke-noble";
import { CipherSuite } from "hpke";

type Asked = Record<string, any>;

const { BLIND_RSA, BlindRSAMode, Client, Issuer, Origin, TokenRequest, getPublicKeyBytes } = publicVerif;
const HPKE = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const ENC_BYTES = 1088 + 32;

export const ORACLES: Record<string, (asked: Asked) => Promise<unknown>> = {
  /** A new issuer: its key as a manifest carries it, and for `foreign_issue`. */
  async foreign_issuer() {
    const size = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
    const pair = await Issuer.generateKey(BlindRSAMode.PSS, size);
    const issuer = JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey));
    return { issuer, token_key: hex(await getPublicKeyBytes(pair.publicKey)) };
  },

  async foreign_issue({ issuer, request }) {
    const asked = TokenRequest.deserialize(BLIND_RSA, bytes(request));
    const answer = await (await issuerOf(issuer)).issue(asked);
    return { answer: hex(answer.serialize()), truncated_key_id: asked.truncatedTokenKeyId };
  },

  /** Whether issuer and origin, each for itself, accept a token. */
  async foreign_verify({ issuer, token }) {
    const read = Token.deserialize(BLIND_RSA, bytes(token));
    const here = await issuerOf(issuer);
    const origin = new Origin(BlindRSAMode.PSS);
    return {
      issuer: await here.verify(read),
      origin: await origin.verify(read, here.publicKey),
      key_id: hex(await here.tokenKeyID()) === hex(read.authInput.tokenKeyId),
    };
  },

  /**
   * Somebody who knows the standards and the addresses: asks the intake, is asked for a token, buys one at the
   * registrar with the code, and hands in `plaintext`, sealed, under it. `nonce`: what she draws for the token.
   */
  async foreign_respondent({ registrar, intake, round, code, nonce, sealing_key, plaintext }) {
    const place = `${intake}/v1/rounds/${round}/response`;
    const asked = await fetch(place, { method: "PUT" });
    const [header] = WWWAuthenticateHeader.parse(asked.headers.get("WWW-Authenticate") ?? "");
    if (header === undefined) throw new Error("no token is asked for");
    const token = await foreignToken(header, `${registrar}/v1/rounds/${round}/token-request`, code, bytes(nonce));
    const answer = await fetch(place, {
      method: "PUT",
      headers: { Authorization: new AuthorizationHeader(token).toString(), "Subrosa-Revision": "1" },
      body: await sealed(bytes(sealing_key), infoOf(round, nonce), bytes(plaintext)),
    });
    return { asked: asked.status, token: hex(token.serialize()), status: answer.status };
  },

  async foreign_seal({ sealing_key, label, round, nonce, plaintext }) {
    return { sealed: hex(await sealed(bytes(sealing_key), infoOf(round, nonce, label), bytes(plaintext))) };
  },

  async foreign_open({ seed, round, nonce, sealed }) {
    const key = await HPKE.DeserializePrivateKey(bytes(seed));
    const [enc, ciphertext] = [bytes(sealed).subarray(0, ENC_BYTES), bytes(sealed).subarray(ENC_BYTES)];
    return { plaintext: hex(await HPKE.Open(key, enc, ciphertext, { info: infoOf(round, nonce) })) };
  },
};

async function issuerOf(text: string): Promise<InstanceType<typeof Issuer>> {
  const jwk = JSON.parse(text) as JsonWebKey;
  const { kty, n, e } = jwk;
  const read = (key: JsonWebKey, use: KeyUsage) =>
    crypto.subtle.importKey("jwk", { ...key, ext: true }, BLIND_RSA.rsaParams, true, [use]);
  const [private_, public_] = [await read(jwk, "sign"), await read({ kty, n, e } as JsonWebKey, "verify")];
  return new Issuer(BlindRSAMode.PSS, "issuer", private_, public_);
}

async function foreignToken(
  { challenge, tokenKey }: WWWAuthenticateHeader,
  place: string,
  code: string,
  nonce: Uint8Array,
): Promise<Token> {
  const client = new Client(BlindRSAMode.PSS);
  const request = await drawing(nonce, () => client.createTokenRequest(challenge, tokenKey));
  const answer = await sendTokenRequest(request.serialize(), place, new Headers({ Authorization: `Bearer ${code}` }));
  return client.finalize(client.deserializeTokenResponse(answer));
}

/** The first that is drawn is the nonce. Privacy Pass asks for any; here it has to be the digest of k. */
async function drawing<T>(nonce: Uint8Array, work: () => Promise<T>): Promise<T> {
  const real = crypto.getRandomValues;
  crypto.getRandomValues = ((array: Uint8Array) => {
    crypto.getRandomValues = real;
    if (array.length !== nonce.length) throw new Error("this is not where the nonce is drawn");
    array.set(nonce);
    return array;
  }) as typeof real;
  try {
    return await work();
  } finally {
    crypto.getRandomValues = real;
  }
}

async function sealed(key: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { encapsulatedSecret, ciphertext } = await HPKE.Seal(await HPKE.DeserializePublicKey(key), plaintext, { info });
  return Uint8Array.from([...encapsulatedSecret, ...ciphertext]);
}

function infoOf(round: string, nonce: string, label = "subrosa/response/v1"): Uint8Array {
  return Uint8Array.from([...Buffer.from(label), ...bytes(round), ...bytes(nonce)]);
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function hex(array: Uint8Array): string {
  return Buffer.from(array).toString("hex");
}
