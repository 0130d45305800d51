/** What an invitation link carries behind `#`, and codes as people type them. */

export interface Invitation {
  readonly roundId: string;
  readonly code: string | null;
}

/** `#ROUND.CODE` or `#ROUND`, or null if it is neither. */
export function readInvitation(fragment: string): Invitation | null {
  const [roundId = "", code, ...more] = fragment.replace(/^#/, "").split(".");
  if (!/^[0-9a-f]{64}$/.test(roundId) || more.length > 0) return null;
  return { roundId, code: code === undefined || code === "" ? null : decoded(code) };
}

function decoded(code: string): string {
  try {
    return decodeURIComponent(code);
  } catch {
    return code;
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const MISREAD: ReadonlyMap<string, string> = new Map([["0", "O"], ["8", "B"]]); // 1 may be I or L: she has to say

/**
 * A typed code in groups of five, or null if it cannot be one: 26 letters and digits of base32, of which the last
 * carries two spare bits that are zero. Case, spaces and hyphens do not matter.
 */
export function cleanCode(typed: string): string | null {
  const letters = lettersOf(typed).replace(/[08]/g, (digit) => MISREAD.get(digit) ?? digit);
  if (!/^[A-Z2-7]{26}$/.test(letters) || LETTERS.indexOf(letters.slice(-1)) % 4 !== 0) return null;
  return letters.toLowerCase().match(/.{1,5}/g)?.join("-") ?? null;
}

/** What a person is told of a code that cannot be one. */
export function whyNoCode(typed: string): string {
  const letters = lettersOf(typed);
  if (letters.includes("1")) return "A code has no digit 1. Type the letter I or L instead, as your invitation has it.";
  if (letters.length === 26) return "A letter or digit may be mistyped. Compare each one with your invitation.";
  return `A code has 26 letters and digits. These are ${letters.length}: check that none is missing, and none there twice.`;
}

function lettersOf(typed: string): string {
  return typed.replace(/[\s-]/g, "").toUpperCase();
}
