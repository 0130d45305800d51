import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, hexOf } from "../src/bytes.ts";
import { ANSWERS, infoOf, MAX_REVISION, plaintextOf, seal, sealedLength, WITHDRAWN } from "../src/seal.ts";
import { nonceOf } from "../src/token.ts";
import { open } from "./opening.ts";
import { vectors } from "./vectors.ts";

const kept = vectors("sealing");
const seed = fromHex(kept.seed);
const round = { idBytes: fromHex(kept.round), sealingKey: fromHex(kept.public_key) };

test("sealed responses have the lengths of the vectors", () => {
  for (const { record, sealed } of kept.lengths) assert.equal(sealedLength(record), sealed);
});

test("info and plaintext are those of the vectors, byte for byte", async () => {
  for (const vector of kept.cases) {
    const secret = fromHex(vector.k);
    const status = vector.status === "withdrawn" ? WITHDRAWN : ANSWERS;
    assert.equal(hexOf(infoOf(round.idBytes, await nonceOf(secret))), vector.info);
    assert.equal(hexOf(plaintextOf(secret, vector.revision, status, fromHex(vector.record))), vector.plaintext);
  }
});

test("what Python sealed opens here", async () => {
  for (const vector of kept.cases) {
    const plain = await open(seed, fromHex(vector.sealed), round.idBytes, fromHex(vector.nonce));
    assert.equal(hexOf(plain), vector.plaintext);
  }
});

test("what is sealed here opens, each time as other bytes of the same length, and under no other nonce", async () => {
  const [vector, other] = kept.cases;
  const record = fromHex(vector.record);
  const once = await seal(round, fromHex(vector.k), vector.revision, ANSWERS, record);
  const again = await seal(round, fromHex(vector.k), vector.revision, ANSWERS, record);
  assert.equal(once.length, sealedLength(record.length));
  assert.equal(again.length, once.length);
  assert.notDeepEqual(once, again);
  assert.equal(hexOf(await open(seed, once, round.idBytes, fromHex(vector.nonce))), vector.plaintext);
  await assert.rejects(open(seed, once, round.idBytes, fromHex(other.nonce)));
});

test("a revision is a number from 1 to 65535", () => {
  for (const revision of [0, -1, 1.5, MAX_REVISION + 1, NaN]) {
    assert.throws(() => plaintextOf(new Uint8Array(32), revision, ANSWERS, new Uint8Array(1)), RangeError);
  }
});
