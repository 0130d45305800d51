/** What stands on the side: headings with bars and sentences under them. No elements yet, so that tests can read it. */

import type { Answer, Question } from "../form.ts";
import { type Data, optionsOf } from "./data.ts";
import { type Figure, type Found, found, type Group } from "./figures.ts";

export interface Row {
  readonly label: string;
  readonly figure: Figure;
  /** What she has chosen herself, in a word. */
  readonly mark?: string;
}

export type Item =
  | { readonly kind: "bars"; readonly caption: string; readonly whose: Group; readonly rows: readonly Row[] }
  | { readonly kind: "text"; readonly lead?: string; readonly text: string; readonly small?: boolean; readonly whose?: Group };

export interface Block {
  readonly title: string;
  readonly items: readonly Item[];
  /** Stands out, as what is to be decided. */
  readonly boxed?: boolean;
}

/** All that she has chosen or typed. It lives as long as the page is open. reason, move: option ids; entry: its number. */
export interface Picks {
  readonly group: Group;
  readonly answers: ReadonlyMap<string, Answer>;
  readonly ask: string;
  readonly own: string;
  readonly reason: string;
  readonly move: string;
  readonly entry: number | null;
  readonly questions: readonly string[];
}

/** Ways out of a question, as the bundled forms name them: no reason, priority or figure that anybody could act on. */
const WAYS_OUT = new Set(["other", "prefer_not", "unknown"]);

export interface Wanted {
  readonly most: number;
  /** An answer of hers, shown in any case, and what it is called. */
  readonly mine?: readonly [id: string | undefined, mark: string];
  /** Only these, in the form's order. */
  readonly only?: readonly string[];
}

/** The most common answers, and hers with them; null where the round does not show all of them. */
export function bars(data: Data, question: Question | undefined, group: Group, wanted: Wanted): Item | null {
  const name = question?.kind === "okr" ? `${question.id}.objective` : question?.id;
  const all = name === undefined ? null : found(data, name, group);
  if (question === undefined || name === undefined || all === null) return null;
  const rows = chosen(rowsOf(data, name, all), wanted);
  return rows.length > 0 ? { kind: "bars", caption: captionOf(question), whose: all.group, rows } : null;
}

interface Known extends Row {
  readonly id: string;
  readonly alone: boolean;
}

export function rowsOf(data: Data, name: string, { figures }: Found): Known[] {
  return optionsOf(data, name).flatMap(({ id, label, alone = false }) => {
    const figure = figures.get(id);
    return figure === undefined ? [] : [{ id, label, figure, alone }];
  });
}

function chosen(rows: readonly Known[], { most, mine: [own, mark] = [undefined, ""], only }: Wanted): Known[] {
  const marked = rows.map((row) => (row.id === own ? { ...row, mark } : row));
  if (only !== undefined) return marked.filter(({ id }) => only.includes(id));
  const saying = marked.filter(({ id, alone }) => id === own || (!alone && !WAYS_OUT.has(id)));
  saying.sort((a, b) => b.figure.share - a.figure.share);
  return saying.filter(({ id }, index) => index < most || id === own);
}

function captionOf({ kind, label, ...question }: Question): string {
  const words = label as string;
  if (kind === "ranking") return `${words} (share who name it at all)`;
  if (kind === "choices" && "at_most" in question) return `${words} (several answers each)`;
  return words;
}

/** The most common of all answers, ways out left aside. */
export function commonest(data: Data, question: Question | undefined, group: Group): string | undefined {
  const all = question === undefined ? null : found(data, question.id, group);
  return all === null ? undefined : chosen(rowsOf(data, question!.id, all), { most: 1 })[0]?.id;
}

export function present<T>(items: readonly (T | null | undefined | false)[]): T[] {
  return items.filter((item): item is T => item !== null && item !== undefined && item !== false);
}
