/**
 * What is kept on this device, and where: in memory only, in this tab (it survives a reload), or on the device.
 *
 * A ticket is saved before the registrar is asked, so that a reload does not burn the code. Nothing of it is ever
 * sent; whoever holds it can change the response until the round closes.
 */

import { base64url, type Bytes, fromBase64url } from "./bytes.ts";
import type { Ticket, Token } from "./token.ts";

export type Place = "memory" | "tab" | "device";

/** How far one respondent has come in one round. */
export interface Kept {
  readonly roundId: string;
  /** Only until the token is there. */
  readonly code: string | null;
  readonly ticket: Ticket;
  readonly token: Token | null;
  /** The revision that was last sent or tried; 0: none. */
  readonly revision: number;
  /** What is on its way under that revision, so that a repetition sends the same bytes. */
  readonly sealed: Bytes | null;
  /** Whether the intake confirmed that revision. */
  readonly sent: boolean;
  /** A record of what was answered so far. It holds brackets, never amounts. */
  readonly draft: Uint8Array | null;
}

/** The part of the browser's Storage that is used. */
export type Area = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
export type Areas = Readonly<Partial<Record<"tab" | "device", Area>>>;

const KEPT = "subrosa/kept/";
const SENT = "subrosa/sent/";
const PLACES = ["tab", "device"] as const;

/** The browser's own storage; left out where the browser does not allow it. */
export function browserAreas(): Areas {
  const areas: { tab?: Area; device?: Area } = {};
  try {
    areas.tab = globalThis.sessionStorage;
    areas.device = globalThis.localStorage;
  } catch {
    // Then memory must do; Store.place says so.
  }
  return areas;
}

export class Store {
  /** Where things are really kept: "memory", if the browser refuses anything else. */
  place: Place;
  readonly #areas: Areas;
  readonly #memory = new Map<string, Kept>();
  readonly #sent = new Set<string>();

  constructor(place: Place = "tab", areas: Areas = browserAreas()) {
    this.#areas = areas;
    this.place = place !== "memory" && areas[place] === undefined ? "memory" : place;
  }

  /** What is kept of a round, wherever it is; further saves go to the same place. */
  load(roundId: string): Kept | null {
    const remembered = this.#memory.get(roundId);
    if (remembered !== undefined) return remembered;
    for (const place of PLACES) {
      const kept = readKept(this.#read(place, KEPT + roundId), roundId);
      if (kept !== null) {
        this.place = place;
        this.#memory.set(roundId, kept);
        return kept;
      }
    }
    return null;
  }

  save(kept: Kept): void {
    this.#memory.set(kept.roundId, kept);
    if (this.place !== "memory" && !this.#write(this.place, KEPT + kept.roundId, toFile(kept))) {
      this.place = "memory";
    }
    for (const place of PLACES) {
      if (place !== this.place) this.#remove(place, KEPT + kept.roundId);
    }
  }

  /** Keep what was loaded in another place from now on, and not in the old one. Returns where it really is. */
  move(place: Place): Place {
    this.place = place !== "memory" && this.#areas[place] === undefined ? "memory" : place;
    for (const kept of [...this.#memory.values()]) this.save(kept);
    return this.place;
  }

  forget(roundId: string): void {
    this.#memory.delete(roundId);
    for (const place of PLACES) this.#remove(place, KEPT + roundId);
  }

  /** Everything of ours, everywhere: for a shared computer. */
  wipe(): void {
    this.#memory.clear();
    this.#sent.clear();
    this.#clear();
  }

  /** Leave a mark without any secret, so that after a reload the page can say that the response arrived. */
  markSent(roundId: string): void {
    this.#sent.add(roundId);
    if (this.place !== "memory") this.#write("tab", SENT + roundId, "1");
  }

  wasSent(roundId: string): boolean {
    return this.#sent.has(roundId) || this.#read("tab", SENT + roundId) !== null;
  }

  #read(place: "tab" | "device", key: string): string | null {
    try {
      return this.#areas[place]?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  #write(place: "tab" | "device", key: string, value: string): boolean {
    try {
      this.#areas[place]?.setItem(key, value);
    } catch {
      return false;
    }
    return this.#read(place, key) === value;
  }

  #remove(place: "tab" | "device", key: string): void {
    try {
      this.#areas[place]?.removeItem(key);
    } catch {
      // What cannot be reached was not written either.
    }
  }

  #clear(): void {
    for (const place of PLACES) {
      for (const key of this.#keys(place)) this.#remove(place, key);
    }
  }

  #keys(place: "tab" | "device"): string[] {
    try {
      const area = this.#areas[place];
      const keys = Array.from({ length: area?.length ?? 0 }, (_, index) => area?.key(index) ?? "");
      return keys.filter((key) => key.startsWith(KEPT) || key.startsWith(SENT));
    } catch {
      return [];
    }
  }
}

/** As one line of text, for storage and for a file that a person keeps. */
export function toFile(kept: Kept): string {
  const optional = (bytes: Uint8Array | null) => (bytes === null ? null : base64url(bytes));
  return JSON.stringify({
    format: "subrosa/kept/v1",
    round: kept.roundId,
    code: kept.code,
    secret: base64url(kept.ticket.secret),
    inverse: base64url(kept.ticket.inverse),
    blinded: base64url(kept.ticket.blinded),
    token: optional(kept.token),
    revision: kept.revision,
    sealed: optional(kept.sealed),
    sent: kept.sent,
    draft: optional(kept.draft),
  });
}

/** What `toFile` wrote, or null if it is anything else. */
export function fromFile(text: string): Kept | null {
  try {
    const read = JSON.parse(text) as Record<string, unknown>;
    const bytes = (key: string, length?: number) => bytesOf(read[key], length);
    const maybe = (key: string, length?: number) => (read[key] === null ? null : bytes(key, length));
    if (read["format"] !== "subrosa/kept/v1") return null;
    return {
      roundId: must(read["round"], (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value)),
      code: must(read["code"], (value) => value === null || typeof value === "string"),
      ticket: { secret: bytes("secret", 32), inverse: bytes("inverse", 256), blinded: bytes("blinded", 256) },
      token: maybe("token", 354),
      revision: must(read["revision"], (value) => Number.isInteger(value) && Number(value) >= 0),
      sealed: maybe("sealed"),
      sent: must(read["sent"], (value) => typeof value === "boolean"),
      draft: maybe("draft"),
    };
  } catch {
    return null;
  }
}

function readKept(text: string | null, roundId: string): Kept | null {
  const kept = text === null ? null : fromFile(text);
  return kept?.roundId === roundId ? kept : null;
}

function must<T>(value: unknown, holds: (value: unknown) => boolean): T {
  if (!holds(value)) throw new TypeError("this is not what was kept");
  return value as T;
}

function bytesOf(value: unknown, length?: number): Bytes {
  const bytes = fromBase64url(must<string>(value, (text) => typeof text === "string"));
  return must(bytes, () => length === undefined || bytes.length === length);
}
