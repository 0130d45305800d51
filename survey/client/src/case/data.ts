/** What a release's `case.html` carries: its shown figures, the words of its form, and its guide if the host gave one. */

import { answerIds, answerLabels, type Option, type Question, text } from "../form.ts";

/** 0 where nothing may be shown, else [share, low, high] in ten-thousandths and, of answers in an order, tenths of people. */
export type Cell = 0 | readonly number[];

export interface Table {
  readonly q: string;
  readonly by: string;
  readonly rank: string;
  readonly sd: number | null;
  readonly cohorts: Readonly<Record<string, readonly Cell[]>>;
}

/** Of a ranking, cells as above: named among its first. Of an amount, [value, low, high, bracket], null where there is no limit. */
export interface Statistic {
  readonly q: string;
  readonly by: string;
  readonly name: string;
  readonly cohorts: Readonly<Record<string, readonly (Cell | readonly [number | null, number | null, number | null, string])[]>>;
}

export interface Evidence {
  readonly source: string;
  readonly at: string;
  readonly says: string;
}

/** From an answer to a small move: what they care about, what to do, and how to test it. */
export interface Entry {
  readonly question: string;
  readonly answer: string;
  readonly cares: string;
  readonly move: string;
  readonly evidence: readonly Evidence[];
  readonly cost: string;
  readonly measure: string;
  readonly stop: string;
}

export type Role = "priority" | "kpi" | "no" | "no_said" | "no_behind" | "moved" | "move" | "move_helped" | "hazards";

export interface Guide {
  readonly roles: Readonly<Partial<Record<Role, string>>>;
  readonly sources: Readonly<Record<string, { readonly name: string; readonly year: number }>>;
  readonly entries: readonly Entry[];
}

/** What is said of the release beside its figures. usable: the widest 95 % margin that is shown, of 1. */
export interface Facts {
  readonly people: string | null;
  readonly within: string | null;
  readonly day: string;
  readonly external: boolean;
  readonly round: string;
  readonly fingerprint: string;
  readonly minimum: string;
  readonly usable: number;
}

export interface Data {
  readonly questions: readonly Question[];
  readonly tables: readonly Table[];
  readonly statistics: readonly Statistic[];
  readonly guide: Guide | null;
  readonly facts: Facts;
}

/** A thing that is counted: a question, one list of an okr (`okrs.objective`), or a pair (`said|behind`). */
export function idsOf(data: Data, name: string): string[] {
  return optionsOf(data, name).map(({ id }) => id);
}

export function optionsOf(data: Data, name: string): { id: string; label: string; alone?: boolean }[] {
  const [first, second] = name.split("|");
  if (second !== undefined) {
    const others = optionsOf(data, second);
    return optionsOf(data, first!).flatMap((one) =>
      others.map((other) => ({ id: `${one.id}|${other.id}`, label: `${one.label} · ${other.label}` })),
    );
  }
  const [id, part] = name.split(".");
  const question = questionIn(data, id!);
  if (question === undefined) return [];
  if (question.kind === "okr") return plain(part === "key_result" ? question.key_results : question.objectives);
  const labels = answerLabels(question);
  const alone = question.kind === "choices" ? question.options.map((one) => one.alone === true) : [];
  return answerIds(question).map((one, index) => ({ id: one, label: labels[index]!, alone: alone[index] ?? false }));
}

export function questionIn(data: Data, id: string): Question | undefined {
  return data.questions.find((question) => question.id === id);
}

/** The question that plays a part in the case, if the guide names one and it was asked. */
export function playing(data: Data, role: Role): Question | undefined {
  const id = data.guide?.roles[role];
  return id === undefined ? undefined : questionIn(data, id);
}

function plain(options: readonly Option[]): { id: string; label: string }[] {
  return options.map(({ id, label }) => ({ id, label: text(label) }));
}
