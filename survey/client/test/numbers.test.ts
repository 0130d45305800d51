/** The big numbers of the page are five files of sjcl; they reckon like those they stand for, and like BigInt. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
// @ts-expect-error its types know no default, which it has
import carried from "@cloudflare/blindrsa-ts/lib/src/sjcl/index.js";
// @ts-expect-error it has no types at all
import served from "sjcl/core/sjcl.js";

const BOTH = [carried, served];
const hexIn = (bits: number): string => randomBytes(bits / 8).toString("hex");
const big = (hex: string): bigint => BigInt(`0x${hex}`);

const plain = (value: { toString(): string }): bigint => BigInt(value.toString());

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [out, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) out = (out * square) % modulus;
    square = (square * square) % modulus;
  }
  return out;
}

test("ciphers and their like are not among what is served, so this is the small one", () => {
  assert.ok("encrypt" in carried && !("encrypt" in served) && !("random" in served));
});

test("products, powers and inverses are what they are with the whole library, and right", () => {
  for (let turn = 0; turn < 10; turn++) {
    const [n, x, y] = [`f${hexIn(2040)}f`, hexIn(2048), hexIn(2032)];
    const [wholeN, wholeX, wholeY] = [big(n), big(x), big(y)];
    for (const { bn } of BOTH) {
      assert.equal(plain(new bn(x).mulmod(new bn(y), new bn(n))), (wholeX * wholeY) % wholeN);
      assert.equal(plain(new bn(y).powermod(new bn(65537), new bn(n))), power(wholeY, 65537n, wholeN));
    }
    const inverses = BOTH.map(({ bn }) => {
      try {
        return plain(new bn(y).inverseMod(new bn(n)));
      } catch {
        return null; // they have a factor in common
      }
    });
    assert.equal(inverses[0], inverses[1]);
    if (inverses[1] != null) assert.equal((inverses[1] * wholeY) % wholeN, 1n);
  }
});

test("bytes and base64url become the same numbers, and come back", () => {
  for (const length of [1, 31, 32, 255, 256]) {
    const bytes = randomBytes(length);
    for (const { bn, codec } of BOTH) {
      const [bits, same] = [codec.bytes.toBits([...bytes]), codec.base64url.toBits(bytes.toString("base64url"))];
      assert.deepEqual(codec.bytes.fromBits(bits), [...bytes]);
      assert.deepEqual(same, bits);
      assert.equal(plain(bn.fromBits(bits)), big(bytes.toString("hex")));
    }
  }
});
