/**
 * What is kept on this device, and where: in memory only, in this tab (it survives a reload), or on the device. What
 * another tab has changed in the meantime counts: nothing that lies in the browser is remembered beside it.
 *
 * A ticket is saved before the registrar is asked, so that a reload does not burn the code. Nothing of it is ever
 * sent; whoever holds it can change the response until the round closes.
 */

import { base64url, type Bytes, fromBase64url } from "./bytes.ts";
import type { Answer } from "./form.ts";
import type { Ticket, Token } from "./token.ts";

export type Place = "memory" | Lasting;
/** What outlives a reload. */
type Lasting = "tab" | "device";

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
  /** Whether that revision takes the answers back. */
  readonly withdrawn: boolean;
  /** What was answered so far: brackets and groups, never amounts. */
  readonly draft: readonly (readonly [question: string, answer: Answer])[] | null;
}

/** The part of the browser's Storage that is used. */
export type Area = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;
export type Areas = Readonly<Partial<Record<Lasting, Area>>>;

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
  /** What lies nowhere else. */
  readonly #memory = new Map<string, Kept>();
  /** The rounds that were loaded or saved here: these move, and no others. */
  readonly #own = new Set<string>();
  readonly #sent = new Set<string>();

  #confined = false;

  constructor(place: Place = "tab", areas: Areas = browserAreas()) {
    this.#areas = areas;
    this.place = place !== "memory" && areas[place] === undefined ? "memory" : place;
  }

  /** What is kept of a round, wherever it is; further saves go to the same place. */
  load(roundId: string): Kept | null {
    const remembered = this.#memory.get(roundId);
    if (remembered !== undefined || this.#confined) return remembered ?? null;
    for (const place of PLACES) {
      const kept = readKept(this.#read(place, KEPT + roundId), roundId);
      if (kept !== null) {
        this.place = place;
        this.#own.add(roundId);
        return kept;
      }
    }
    return null;
  }

  save(kept: Kept): void {
    this.#own.add(kept.roundId);
    if (this.place !== "memory" && !this.#write(this.place, KEPT + kept.roundId, toText(kept))) this.place = "memory";
    if (this.place === "memory") this.#memory.set(kept.roundId, kept);
    else this.#memory.delete(kept.roundId);
    if (this.#confined) return;
    for (const place of PLACES) {
      if (place !== this.place) this.#remove(place, KEPT + kept.roundId);
    }
  }

  /** Keep what was loaded in another place from now on, and not in the old one. Returns where it really is. */
  move(place: Place): Place {
    const moving = [...this.#own].map((roundId) => this.load(roundId));
    this.place = place !== "memory" && this.#areas[place] === undefined ? "memory" : place;
    for (const kept of moving) if (kept !== null) this.save(kept);
    return this.place;
  }

  /** From now on memory only: nothing is written, and what others keep in this browser is not looked at. */
  confine(): void {
    const from = this.place;
    this.#confined = true;
    this.place = "memory";
    if (from === "memory") return;
    for (const id of this.#own) {
      const kept = readKept(this.#read(from, KEPT + id), id);
      if (kept !== null) this.save(kept);
      this.#remove(from, KEPT + id);
    }
  }

  forget(roundId: string): void {
    this.#memory.delete(roundId);
    for (const place of PLACES) this.#remove(place, KEPT + roundId);
  }

  /** The round is over: not even the mark is of use. */
  end(roundId: string): void {
    this.forget(roundId);
    this.#sent.delete(roundId);
    this.#remove("tab", SENT + roundId);
  }

  /**
   * Passes live no longer than their rounds: delete what is kept of a round that has ended, whatever became of it, and
   * what was confirmed in a round that is not listed. What was not sent yet stays where nobody says that it is too late.
   */
  tidy(phaseOf: (roundId: string) => string | undefined): void {
    for (const place of PLACES) {
      for (const roundId of this.#keys(place, [KEPT]).map((key) => key.slice(KEPT.length))) {
        const phase = phaseOf(roundId);
        const kept = readKept(this.#read(place, KEPT + roundId), roundId);
        const over = phase === "closed" || phase === "cancelled" || (phase === undefined && kept?.sent !== false);
        if (over) this.#remove(place, KEPT + roundId);
      }
    }
  }

  /** Everything of ours, everywhere: for a shared computer. */
  wipe(): void {
    this.#memory.clear();
    this.#sent.clear();
    for (const place of PLACES) {
      for (const key of this.#keys(place, [KEPT, SENT])) this.#remove(place, key);
    }
  }

  /** Leave a mark without any secret, so that after a reload the page can say that the response arrived. */
  markSent(roundId: string): void {
    this.#sent.add(roundId);
    if (this.place !== "memory") this.#write("tab", SENT + roundId, "1");
  }

  wasSent(roundId: string): boolean {
    return this.#sent.has(roundId) || this.#read("tab", SENT + roundId) !== null;
  }

  #read(place: Lasting, key: string): string | null {
    return this.#ask(place, (area) => area.getItem(key)) ?? null;
  }

  #write(place: Lasting, key: string, value: string): boolean {
    this.#ask(place, (area) => area.setItem(key, value));
    return this.#read(place, key) === value;
  }

  #remove(place: Lasting, key: string): void {
    this.#ask(place, (area) => area.removeItem(key));
  }

  #keys(place: Lasting, beginnings: readonly string[]): string[] {
    const all = this.#ask(place, (area) => Array.from({ length: area.length }, (_, index) => area.key(index) ?? "")) ?? [];
    return all.filter((key) => beginnings.some((beginning) => key.startsWith(beginning)));
  }

  /** Undefined where the browser refuses; what cannot be reached was not written either. */
  #ask<T>(place: Lasting, work: (area: Area) => T): T | undefined {
    const area = this.#areas[place];
    try {
      return area && work(area);
    } catch {
      return undefined;
    }
  }
}

const FORMAT = "subrosa/kept/v1";
const BYTES = "bytes:";

/** As one line of text, for the browser's storage. */
export function toText(kept: Kept): string {
  const written = (_: string, value: unknown) => (value instanceof Uint8Array ? BYTES + base64url(value) : value);
  return JSON.stringify({ format: FORMAT, ...kept }, written);
}

/** What `toText` wrote, or null if it is anything else. */
export function fromText(text: string): Kept | null {
  const read = (_: string, value: unknown) =>
    typeof value === "string" && value.startsWith(BYTES) ? fromBase64url(value.slice(BYTES.length)) : value;
  try {
    const { format, ...kept } = JSON.parse(text, read) as Kept & { format: unknown };
    return format === FORMAT && isKept(kept) ? kept : null;
  } catch {
    return null;
  }
}

function isKept({ roundId, code, ticket, token, revision, sealed, sent, withdrawn, draft }: Kept): boolean {
  const { secret, inverse, blinded } = ticket;
  return (
    /^[0-9a-f]{64}$/.test(roundId) &&
    (code === null || typeof code === "string") &&
    isBytes(secret, 32) && isBytes(inverse, 256) && isBytes(blinded, 256) &&
    (token === null || isBytes(token, 354)) &&
    Number.isInteger(revision) && revision >= 0 &&
    (sealed === null || isBytes(sealed)) &&
    typeof sent === "boolean" && typeof withdrawn === "boolean" &&
    (draft === null || Array.isArray(draft))
  );
}

function isBytes(value: unknown, length?: number): boolean {
  return value instanceof Uint8Array && value.length === (length ?? value.length);
}

function readKept(text: string | null, roundId: string): Kept | null {
  const kept = text === null ? null : fromText(text);
  return kept?.roundId === roundId ? kept : null;
}
