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
const MISREAD: ReadonlyMap<string, string> = new Map([["0", "O"], ["1", "I"], ["8", "B"]]);

/**
 * A typed code in groups of five, or null if it cannot be one: 26 letters and digits of base32, of which the last
 * carries two spare bits that are zero. Case, spaces and hyphens do not matter.
 */
export function cleanCode(typed: string): string | null {
  const letters = typed.replace(/[\s-]/g, "").toUpperCase().replace(/[018]/g, (digit) => MISREAD.get(digit) ?? digit);
  if (!/^[A-Z2-7]{26}$/.test(letters) || LETTERS.indexOf(letters.slice(-1)) % 4 !== 0) return null;
  return letters.toLowerCase().match(/.{1,5}/g)?.join("-") ?? null;
}
