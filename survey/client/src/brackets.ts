/** Which public bracket an amount falls into, and which bin a sum. Mirrors survey/forms/brackets.py. */

import { type Amount, type Score, text } from "./form.ts";

const ZERO = "zero";

/** Below, between, at or above; and what separates thousands. */
const WORDS: ReadonlyMap<string, readonly [string, string, string, string]> = new Map([
  ["en", ["under {}", "{} to under {}", "{} or more", ","]],
  ["es", ["menos de {}", "de {} a menos de {}", "{} o más", "."]],
]);
const SYMBOLS = ["< {}", "≥ {}, < {}", "≥ {}", "\u202f"] as const;

/** How many of the rising numbers are at or below the value. */
function reached(edges: readonly number[], value: number): number {
  const above = edges.findIndex((edge) => edge > value);
  return above < 0 ? edges.length : above;
}

function withZero(amount: Amount, names: string[], zero: string): string[] {
  if (amount.zero === undefined) return names;
  const place = reached(amount.edges, 0);
  return [...names.slice(0, place), zero, ...names.slice(place)];
}

/** Neighbours, two by two. */
function pairs<T, R>(values: readonly T[], join: (low: T, high: T) => R): R[] {
  return values.slice(1).map((high, index) => join(values[index] as T, high));
}

/** `below-lo`, `lo-hi`, …, `from-hi` in rising order, and `zero` where it belongs. */
export function bracketIds(amount: Amount): string[] {
  const inner = pairs(amount.edges, (low, high) => `${low}-${high}`);
  return withZero(amount, [`below-${amount.edges[0]}`, ...inner, `from-${amount.edges.at(-1)}`], ZERO);
}

/** What a person reads, in the order of `bracketIds`, without the unit; symbols if we lack words. */
export function bracketLabels(amount: Amount, language = "en"): string[] {
  const [below, between, above, separator] = WORDS.get(language) ?? SYMBOLS;
  const edges = amount.edges.map((edge) => grouped(edge, separator));
  const inner = pairs(edges, (low, high) => fill(between, low, high));
  const ends = [fill(below, edges[0] ?? ""), fill(above, edges.at(-1) ?? "")] as const;
  const zero = amount.zero === undefined ? "" : text(amount.zero, language);
  return withZero(amount, [ends[0], ...inner, ends[1]], zero);
}

function grouped(edge: number, separator: string): string {
  return String(edge).replace(/\B(?=(\d{3})+$)/g, separator);
}

function fill(template: string, ...values: string[]): string {
  return values.reduce((filled, value) => filled.replace("{}", value), template);
}

/** The value in the unit of the brackets: divided by the public rate of its unit. */
export function inBaseUnit(amount: Amount, value: number, unit?: string): number {
  if (unit === undefined) return value;
  const rate = Object.hasOwn(amount.units, unit) ? amount.units[unit] : undefined;
  if (rate === undefined) throw new RangeError("unit");
  return value / rate;
}

/** The id of the bracket that holds a value, in the base unit or in a unit that the form lists. */
export function bracketOf(amount: Amount, value: number, unit?: string): string {
  const based = inBaseUnit(amount, value, unit);
  if (!Number.isFinite(based)) throw new RangeError("amount");
  const index = reached(amount.edges, based);
  const place = amount.zero === undefined ? Infinity : reached(amount.edges, 0);
  if (based === 0 && place !== Infinity) return ZERO;
  return bracketIds(amount)[index < place ? index : index + 1] as string;
}

/** `lo-hi`, both inclusive, or one number where a bin is one sum. */
export function binIds(score: Score): string[] {
  const ends = [...score.starts.slice(1).map((start) => start - 1), score.items.length * score.points];
  return score.starts.map((low, index) => (low === ends[index] ? String(low) : `${low}-${ends[index]}`));
}

/** The id of the bin that holds a sum of the items' answers. */
export function binOf(score: Score, sum: number): string {
  const lowest = score.items.length;
  const highest = lowest * score.points;
  if (!Number.isInteger(sum) || sum < lowest || sum > highest) {
    throw new RangeError("sum");
  }
  return binIds(score)[reached(score.starts, sum) - 1] as string;
}
