import assert from "node:assert/strict";
import { test } from "node:test";
import { binIds, binOf, bracketIds, bracketLabels, bracketOf } from "../src/brackets.ts";
import type { Amount, Score } from "../src/form.ts";
import { vectors } from "./vectors.ts";

const { amounts, scores, refused } = vectors("brackets");

function amountOf(vector: any): Amount {
  const zero = vector.zero === null ? {} : { zero: vector.zero };
  return { kind: "amount", id: "a", label: "A", unit: "EUR", units: vector.units, edges: vector.edges, ...zero };
}

function scoreOf(vector: any): Score {
  const items = Array.from({ length: vector.items }, (_, index) => ({ id: `i${index}`, label: "I" }));
  return { kind: "score", id: "s", label: "S", points: vector.points, items, starts: vector.starts };
}

test("every amount of the vectors falls into its bracket", () => {
  let checked = 0;
  for (const vector of amounts) {
    for (const { value, unit, id } of vector.cases) {
      assert.equal(bracketOf(amountOf(vector), value, unit ?? undefined), id, `${value} ${unit ?? ""}`);
      checked++;
    }
  }
  assert.ok(checked > 500);
});

test("brackets have the ids and labels of the vectors", () => {
  for (const vector of amounts) {
    assert.deepEqual(bracketIds(amountOf(vector)), vector.ids);
    for (const [language, labels] of Object.entries(vector.labels)) {
      assert.deepEqual(bracketLabels(amountOf(vector), language), labels);
    }
  }
});

test("what is no finite number, or in no unit of the form, has no bracket", () => {
  const amount = amountOf(amounts[0]);
  for (const value of refused) assert.throws(() => bracketOf(amount, Number(value)), RangeError);
  for (const unit of ["GBP", "__proto__", "toString"]) assert.throws(() => bracketOf(amount, 1, unit), RangeError);
});

test("every sum of the vectors falls into its bin", () => {
  for (const vector of scores) {
    assert.deepEqual(binIds(scoreOf(vector)), vector.ids);
    for (const [sum, id] of Object.entries(vector.sums)) assert.equal(binOf(scoreOf(vector), Number(sum)), id);
  }
});

test("a sum that the items cannot add up to has no bin", () => {
  for (const vector of scores) {
    const score = scoreOf(vector);
    for (const sum of [vector.items - 1, vector.items * vector.points + 1, vector.items + 0.5, NaN]) {
      assert.throws(() => binOf(score, sum), RangeError);
    }
  }
});
