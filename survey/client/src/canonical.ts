/**
 * Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, no spaces, numbers and strings as ECMAScript writes
 * them. Only what can stand in our documents is accepted.
 */

import { type Bytes, utf8 } from "./bytes.ts";

/** Throws TypeError for what JSON does not have, and for text that is not Unicode. */
export function canonical(value: unknown): Bytes {
  return utf8(written(value));
}

function written(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value === "object") return members(value);
  throw new TypeError("canonical");
}

function number(value: number): string {
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21)) {
    throw new TypeError("canonical");
  }
  return JSON.stringify(value);
}

function quoted(value: string): string {
  // JSON.stringify escapes half a surrogate pair; RFC 8785 refuses it.
  if (/\p{Surrogate}/u.test(value)) throw new TypeError("canonical");
  return JSON.stringify(value);
}

function members(value: object): string {
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${quoted(key)}:${written(inner)}`).join(",")}}`;
}
