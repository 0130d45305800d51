/**
 * Whether a document has the shape of a manifest or a statement, asked before anything else looks at it. Parts of the
 * promise that no page shows are left alone: they are signed like all of it.
 */

import { optionLists, type Question, type Scale } from "./form.ts";
import type { Eligibility, Manifest } from "./manifest.ts";

type Check = (value: unknown) => boolean;

/** One line, without invisible characters: some turn the direction of reading, so that a text reads as another one. */
const text: Check = (value) => typeof value === "string" && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u.test(value);
const number: Check = (value) => typeof value === "number";
const truth: Check = (value) => typeof value === "boolean";
const count: Check = (value) => Number.isInteger(value);
/** How many answers a slot can tell apart; more would not fit its byte. */
const few: Check = (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 255;
const like = (pattern: RegExp): Check => (value) => typeof value === "string" && pattern.test(value);
const hex = (bytes: number): Check => like(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const stamp = like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const time: Check = (value) => stamp(value) && !Number.isNaN(Date.parse(value as string));
const listOf = (inner: Check): Check => (value) => Array.isArray(value) && value.every(inner);
const optional = (inner: Check): Check => (value) => value === undefined || inner(value);

function has(checks: Readonly<Record<string, Check>>): Check {
  return (value) => isTable(value) && Object.entries(checks).every(([key, check]) => check(value[key]));
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const tableOf = (inner: Check): Check => (value) => isTable(value) && Object.values(value).every(inner);
const label: Check = (value) => text(value) || (tableOf(text)(value) && Object.keys(value as object).length > 0);
const labelled = has({ id: text, label });
const options = listOf(labelled);

const counts: Check = (value) => listOf(count)(value) && few((value as number[]).length);
const isScale: Check = (value) =>
  has({ from: count, to: count, low: optional(label), high: optional(label) })(value) &&
  few((value as Scale).to - (value as Scale).from + 1);

const OWN: ReadonlyMap<unknown, Check> = new Map([
  ["choice", has({ options })],
  ["choices", has({ options, at_most: few })],
  ["ranking", has({ options, top: few })],
  ["scale", isScale],
  ["score", has({ points: few, items: options, starts: counts })],
  ["amount", has({ unit: label, units: tableOf(number), edges: counts, zero: optional(label) })],
  ["okr", has({ rows: few, objectives: options, key_results: options, progress: options })],
]);

const showIf = optional(has({ question: text, any_of: listOf(text) }));
const question: Check = (value) =>
  has({ id: text, label, show_if: showIf })(value) &&
  (OWN.get((value as Question).kind)?.(value) ?? false) &&
  optionLists(value as Question).every((list) => few(list.length));
const form = has({
  id: text,
  title: label,
  intro: label,
  page: listOf(has({ title: label, why: optional(label), question: listOf(question) })),
});

const service = has({ operator: text, url: like(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/) });
const table = has({
  by: listOf(text),
  of: listOf(text),
  sd: number,
  margin: (value) => value === null || number(value),
  cohorts: count,
  shown: number,
});
const domain = like(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const mail = has({
  domains: listOf(domain),
  members_only: truth,
  free_mail: truth,
  per_domain: (value) => value === null || (count(value) && Number(value) >= 1),
});
const eligibility: Check = (value) =>
  has({ codes: truth, mail: (offered) => offered === null || mail(offered) })(value) &&
  ((value as Eligibility).codes || (value as Eligibility).mail !== null);
const promise = has({
  epsilon: number,
  delta: number,
  replacement_epsilon: number,
  question_epsilon: number,
  respondents: count,
  minimum_responses: count,
  min_cohort: count,
  usable_margin: number,
  term: has({ start: text, end: text, epsilon: number, delta: number }),
  tables: listOf(table),
});
const manifest = has({
  format: (value) => value === "subrosa/round/v1",
  name: text,
  society: text,
  contact: text,
  form,
  form_digest: hex(32),
  opens: time,
  closes: time,
  closes_latest: time,
  services: has({ registrar: service, intake: service, tally: has({ operator: text, url: (value) => value === "" }) }),
  issuer_name: text,
  origin_info: text,
  token_key: hex(342),
  sealing_key: hex(1216),
  host_key: hex(32),
  eligibility,
  promise,
});
const served = has({ manifest, signature: hex(64) });
const statement = has({
  statement: has({
    format: (value) => value === "subrosa/closing/v1",
    round: hex(32),
    state: (value) => value === "open" || value === "closed" || value === "cancelled",
    closes: time,
    serial: count,
  }),
  signature: hex(64),
});

/** A manifest and its signature, as services hand them out. */
export function isServed(document: unknown): document is { manifest: Manifest; signature: string } {
  return served(document);
}

export interface StatementDocument {
  readonly round: string;
  readonly state: "open" | "closed" | "cancelled";
  readonly closes: string;
  readonly serial: number;
}

/** A closing statement and its signature. */
export function isSignedStatement(document: unknown): document is { statement: StatementDocument; signature: string } {
  return statement(document);
}
