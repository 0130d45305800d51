/** Privacy Pass tokens of the publicly verifiable type 0x0002 (RFC 9578), over blind RSA signatures (RFC 9474). */

import { BlindRSA } from "@cloudflare/blindrsa-ts/lib/src/blindrsa.js";
import { base64url, type Bytes, joined, randomBytes, same, sha256, two } from "./bytes.ts";
import type { Round } from "./manifest.ts";
import { browserNet, type Net, send } from "./send.ts";

/**
 * What has to be saved before the registrar is asked, so that a lost answer does not burn the code. k (`secret`) and
 * the blinding factor (`inverse`) are drawn at random: whoever knows the code can work out neither.
 */
export interface Ticket {
  readonly secret: Bytes;
  readonly inverse: Bytes;
  readonly blinded: Bytes;
}

/** 354 bytes; who holds them can spend them. */
export type Token = Bytes;

/** The registrar's answer is not a signature of what it was asked to sign. */
export class BadSignature extends Error {}

const TOKEN_TYPE = two(2);
const SUITE = new BlindRSA({
  name: "RSABSSA-SHA384-PSS-Deterministic",
  hash: "SHA-384",
  saltLength: 48,
  prepareType: 0,
  supportsRSARAW: false,
});

/** The token's nonce for k: only who knows k can write a response under it. */
export function nonceOf(secret: Bytes): Promise<Bytes> {
  return sha256(secret);
}

/** The 98 bytes that the registrar signs without seeing them. */
export async function messageOf(round: Round, secret: Bytes): Promise<Bytes> {
  return joined(TOKEN_TYPE, await nonceOf(secret), round.challengeDigest, round.tokenKeyId);
}

function keyOf(round: Round): Promise<CryptoKey> {
  // As a JWK, because browsers do not read the RSASSA-PSS encoding in the manifest.
  const jwk = { kty: "RSA", alg: "PS384", e: "AQAB", n: base64url(round.modulus).replaceAll("=", ""), ext: true };
  return crypto.subtle.importKey("jwk", jwk, { name: "RSA-PSS", hash: "SHA-384" }, true, ["verify"]);
}

/** Draw k and blind the token it leads to. */
export async function newTicket(round: Round): Promise<Ticket> {
  const secret = randomBytes(32);
  const { blindedMsg, inv } = await SUITE.blind(await keyOf(round), await messageOf(round, secret));
  return { secret, inverse: joined(inv), blinded: joined(blindedMsg) };
}

/** The 259 bytes of the token request. */
export function requestOf(round: Round, ticket: Ticket): Bytes {
  return joined(TOKEN_TYPE, round.tokenKeyId.subarray(31), ticket.blinded);
}

/** The token, from the registrar's answer, verified. Throws BadSignature. */
export async function redeem(round: Round, ticket: Ticket, blindSignature: Bytes): Promise<Token> {
  const message = await messageOf(round, ticket.secret);
  try {
    return joined(message, await SUITE.finalize(await keyOf(round), message, blindSignature, ticket.inverse));
  } catch {
    throw new BadSignature();
  }
}

/** Whether this is a token of the round, made from this k. */
export async function fits(round: Round, secret: Bytes, token: Token): Promise<boolean> {
  const message = await messageOf(round, secret);
  const way = { name: "RSA-PSS", saltLength: 48 };
  const authenticator = token.slice(message.length);
  return same(message, token.slice(0, message.length)) && crypto.subtle.verify(way, await keyOf(round), authenticator, message);
}

/**
 * Spend a code on the ticket; `by` is the header that carries it. The same ticket may be sent again: the registrar gives
 * the same answer.
 * Throws Refused, Unreachable, BadSignature.
 */
export async function requestToken(round: Round, ticket: Ticket, by: string, net: Net = browserNet): Promise<Token> {
  const answer = await send(
    {
      method: "POST",
      url: `${round.manifest.services.registrar.url}/v1/rounds/${round.id}/token-request`,
      headers: { Authorization: by, "Content-Type": "application/private-token-request" },
      body: requestOf(round, ticket),
    },
    net,
  );
  return redeem(round, ticket, answer.body);
}
