import assert from "node:assert/strict";
import { test } from "node:test";

import type { Manifest } from "../src/manifest.ts";
import { inOneHand } from "../src/ui/parties.ts";
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

test("where somebody runs several of the three, the promise says whom one trusts", () => {
  const of = (registrar: string, intake: string, tally: string) =>
    inOneHand({ services: { registrar: { operator: registrar }, intake: { operator: intake }, tally: { operator: tally } } } as Manifest);
  assert.equal(of("R", "I", "T"), null);
  assert.match(of("H", "H", "H") ?? "", /^Registrar, intake and tally are run by H: .* trust them not to compare times\.$/);
  for (const two of [of("H", "H", "T"), of("H", "I", "H"), of("R", "H", "H")]) {
    assert.match(two ?? "", /^Two of registrar, intake and tally are run by the same people: /);
  }
});
