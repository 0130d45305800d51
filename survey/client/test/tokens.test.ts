import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, hexOf, sha256 } from "../src/bytes.ts";
import { challenge, ManifestMismatch, modulusOf, type Round } from "../src/manifest.ts";
import { authorization } from "../src/send.ts";
import { BadSignature, messageOf, newTicket, nonceOf, redeem, requestOf } from "../src/token.ts";
import { vectors } from "./vectors.ts";

const kept = vectors("tokens");
const spki = fromHex(kept.token_key);

async function round(): Promise<Round> {
  const bytes = challenge(kept.issuer_name, kept.origin_info, fromHex(kept.redemption_context));
  assert.equal(hexOf(bytes), kept.challenge);
  const derived = { modulus: modulusOf(spki), tokenKeyId: await sha256(spki), challengeDigest: await sha256(bytes) };
  return derived as unknown as Round;
}

/** Lets the client draw what the vectors drew: k, the salt, the blinding factor. */
async function drawing<T>(drawn: string[], work: () => Promise<T>): Promise<T> {
  const queue = drawn.map(fromHex);
  const real = crypto.getRandomValues;
  crypto.getRandomValues = ((array: Uint8Array) => {
    const next = queue.shift();
    assert.equal(next?.length, array.length);
    array.set(next ?? []);
    return array;
  }) as typeof real;
  try {
    return await work();
  } finally {
    crypto.getRandomValues = real;
    assert.equal(queue.length, 0);
  }
}

test("the key and the challenge have the digests of the vectors", async () => {
  const { tokenKeyId, challengeDigest } = await round();
  assert.equal(hexOf(tokenKeyId), kept.token_key_id);
  assert.equal(hexOf(challengeDigest), kept.challenge_digest);
});

test("with the same randomness, tickets, requests and tokens are those of the vectors, byte for byte", async () => {
  const here = await round();
  for (const vector of kept.cases) {
    const ticket = await drawing([vector.k, vector.salt, vector.factor], () => newTicket(here));
    assert.equal(hexOf(ticket.secret), vector.k);
    assert.equal(hexOf(await nonceOf(ticket.secret)), vector.nonce);
    assert.equal(hexOf(await messageOf(here, ticket.secret)), vector.authenticator_input);
    assert.equal(hexOf(ticket.inverse), vector.inverse);
    assert.equal(hexOf(requestOf(here, ticket)), vector.request);
    const token = await redeem(here, ticket, fromHex(vector.answer));
    assert.equal(hexOf(token), vector.token);
    assert.equal(authorization(token), vector.authorization);
  }
});

test("an answer that is not a signature of what was asked is refused", async () => {
  const here = await round();
  const [first, second] = kept.cases;
  const [secret, inverse, request] = [fromHex(first.k), fromHex(first.inverse), fromHex(first.request)];
  const ticket = { secret, inverse, blinded: request.slice(3) };
  const flipped = fromHex(first.answer);
  flipped[200] = (flipped[200] ?? 0) ^ 1;
  for (const answer of [fromHex(second.answer), flipped, flipped.slice(1), new Uint8Array(256), new Uint8Array(0)]) {
    await assert.rejects(redeem(here, ticket, answer), BadSignature);
  }
});

test("two tickets share nothing", async () => {
  const here = await round();
  const [one, other] = [await newTicket(here), await newTicket(here)];
  assert.notDeepEqual(one.secret, other.secret);
  assert.notDeepEqual(one.inverse, other.inverse);
  assert.notDeepEqual(one.blinded, other.blinded);
});

test("only the one encoding of a token key is read", () => {
  for (const place of [0, 40, spki.length - 1]) {
    const changed = spki.slice();
    changed[place] = (changed[place] ?? 0) ^ 1;
    assert.throws(() => modulusOf(changed), ManifestMismatch);
  }
  assert.throws(() => modulusOf(spki.slice(1)), ManifestMismatch);
});
