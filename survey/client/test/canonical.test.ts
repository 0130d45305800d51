import assert from "node:assert/strict";
import { test } from "node:test";
import { hexOf, sha256 } from "../src/bytes.ts";
import { canonical } from "../src/canonical.ts";
import { vectors } from "./vectors.ts";

const written = (value: unknown) => new TextDecoder().decode(canonical(value));

test("the forms of the vectors have their digests", async () => {
  for (const { form, digest } of vectors("records").forms) {
    assert.equal(hexOf(await sha256(canonical(form))), digest);
  }
});

test("keys are sorted by UTF-16 code units and nothing is put between", () => {
  const table = { b: 1, a: [true, null, "x"], "\u{1f600}": 2, "\ufb33": 3 };
  assert.equal(written(table), '{"a":[true,null,"x"],"b":1,"\u{1f600}":2,"\ufb33":3}');
  assert.equal(written(JSON.parse('{"__proto__":1,"A":{}}')), '{"A":{},"__proto__":1}');
});

test("numbers are written as ECMAScript writes them", () => {
  const numbers = [1.0, -0, 1e-7, 0.1, 1e21, 1 / 3];
  assert.equal(written(numbers), "[1,0,1e-7,0.1,1e+21,0.3333333333333333]");
});

test("what RFC 8785 does not have is refused", () => {
  for (const value of [NaN, Infinity, 2 ** 53, "\ud800", { "\udc00": 1 }, undefined, 1n, () => 1]) {
    assert.throws(() => canonical(value), TypeError);
  }
});
