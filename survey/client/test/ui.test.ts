import assert from "node:assert/strict";
import { test } from "node:test";

import { readNumber } from "../src/ui/kinds/amount.ts";
import { oneIn, surest, upTo } from "../src/ui/odds.ts";

test("a number is read as people type it", () => {
  const typed: [string, number | null][] = [
    ["1200", 1200],
    ["1,200", 1200],
    ["1.200", 1200],
    ["1.200,50", 1200.5],
    ["1,200.50", 1200.5],
    ["1 200", 1200],
    ["1'200", 1200],
    ["0,5", 0.5],
    ["0.125", 0.125],
    ["12.5", 12.5],
    ["1,234,567", 1234567],
    ["-10", -10],
    ["−10", -10],
    ["0", 0],
    ["", null],
    ["about 5", null],
    ["1e9", null],
    ["5-10", null],
    ["Infinity", null],
    ["1,2,", null],
  ];
  for (const [text, value] of typed) assert.equal(readNumber(text), value, text);
});

test("a budget in words is never rounded down", () => {
  assert.equal(surest(0), 0.5);
  assert.equal(upTo(surest(1)), "73.2"); // 0.73106
  assert.equal(upTo(surest(20)), "almost 100");
  assert.equal(oneIn(1e-6), "one in 1,000,000");
});
