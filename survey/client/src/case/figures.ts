/** Finds published figures: of a group of peers where they are shown, else of everyone. */

import type { Question } from "../form.ts";
import type { Cell as Row, Tables } from "../place.ts";
import { type Cell, type Data, idsOf, optionsOf, questionIn } from "./data.ts";

/** Of 1, with the 95 % interval. */
export interface Figure {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** One cohort of a set; everyone has neither. */
export interface Group {
  readonly by: string;
  readonly cohort: string;
  readonly label: string;
}

/** Every answer with its figure, and of whom it is. */
export interface Found {
  readonly group: Group;
  readonly figures: ReadonlyMap<string, Figure>;
}

export const EVERYONE: Group = { by: "", cohort: "", label: "everyone" };

/** The groups of which any answer may be shown, in the form's order, under what they are made of. */
export function groupsIn(data: Data): Map<string, Group[]> {
  const split = data.tables.filter(({ q, by }) => by !== "" && q !== "");
  const sets = [...new Set(split.map(({ by }) => by))];
  return new Map(
    sets.map((by) => {
      const some = (cohort: string) => split.some((one) => one.by === by && Object.hasOwn(one.cohorts, cohort));
      const heading = by.split(",").map((id) => questionIn(data, id)?.label ?? id).join(" × ");
      return [heading, idsOfCohorts(data, by).filter(some).map((cohort) => ({ by, cohort, label: labelOf(data, by, cohort) }))];
    }),
  );
}

function idsOfCohorts(data: Data, by: string): string[] {
  return by.split(",").reduce<string[]>((made, id) => made.flatMap((one) => idsOf(data, id).map((next) => (one ? `${one},${next}` : next))), [""]);
}

function labelOf(data: Data, by: string, cohort: string): string {
  const ids = cohort.split(",");
  return by.split(",").map((id, index) => optionsOf(data, id).find((one) => one.id === ids[index])?.label ?? ids[index]).join(" · ");
}

/** All answers, if every one of them is shown: only then is the most common one known. The group's, else everyone's. */
export function found(data: Data, name: string, group: Group): Found | null {
  return search(data, name, group, (cells) => cells.every((cell) => cell !== 0));
}

/** Those answers that are shown. */
export function foundSome(data: Data, name: string, group: Group): Found | null {
  return search(data, name, group, () => true);
}

function search(data: Data, name: string, group: Group, enough: (cells: readonly Cell[]) => boolean): Found | null {
  for (const one of [group, EVERYONE]) {
    const cells = cellsOf(data, name, one);
    if (cells !== undefined && enough(cells)) return { group: one, figures: byAnswer(idsOf(data, name), cells) };
  }
  return null;
}

function byAnswer(ids: readonly string[], cells: readonly Cell[]): Map<string, Figure> {
  return new Map(ids.flatMap((id, index) => (cells[index] ? [[id, figureOf(cells[index])]] : [])));
}

function figureOf([share, low, high]: readonly number[]): Figure {
  return { share: share! / 10_000, low: low! / 10_000, high: high! / 10_000 };
}

/** Of a ranking, how many name an answer among their first; how many rank it first where that is not published. */
function cellsOf(data: Data, name: string, { by, cohort }: Group): readonly Cell[] | undefined {
  const question = questionIn(data, name);
  const rank = question?.kind === "ranking" ? "1" : "";
  const among = data.statistics.find((one) => one.q === name && one.by === by && rank === "1");
  const table = data.tables.find((one) => one.q === name && one.by === by && one.rank === rank);
  return own(among?.cohorts, cohort) as readonly Cell[] | undefined ?? own(table?.cohorts, cohort) ?? sizes(data, question, by);
}

/** What a cohort question was answered with stands in the table of sizes, a cohort a row. */
function sizes(data: Data, question: Question | undefined, by: string): readonly Cell[] | undefined {
  const table = data.tables.find((one) => one.q === "" && one.by === question?.id);
  if (table === undefined || question === undefined || by !== "") return undefined;
  return idsOf(data, question.id).map((id) => own(table.cohorts, id)?.[0] ?? 0);
}

/** The middle of an amount and its quartiles, in the unit of the form. */
export function quartiles(data: Data, id: string, group: Group): { group: Group; middle: readonly [number, number | null, number | null] } | null {
  for (const one of [group, EVERYONE]) {
    const median = data.statistics.find(({ q, by, name }) => q === id && by === one.by && name === "p50");
    const [cell] = own(median?.cohorts, one.cohort) ?? [];
    if (Array.isArray(cell) && typeof cell[0] === "number") return { group: one, middle: [cell[0], cell[1], cell[2]] };
  }
  return null;
}

/** The tables as place.ts reads them from tables.csv. */
export function tablesOf(data: Data): Tables {
  const rows = new Map<string, Row>();
  for (const { q, by, rank, sd, cohorts } of data.tables) {
    const ids = q === "" ? [""] : idsOf(data, q);
    for (const [cohort, cells] of Object.entries(cohorts)) {
      ids.forEach((id, index) => rows.set([q, by, cohort, rank, id].join(), rowOf(by, cells[index] ?? 0, sd ?? NaN)));
    }
  }
  return rows;
}

function rowOf(by: string, cell: Cell, sd: number): Row {
  const [share, low, high, tenths] = cell === 0 ? [] : cell;
  const part = (value: number | undefined) => (value ?? NaN) / 10_000;
  return { by, shown: cell !== 0, share: part(share), low: part(low), high: part(high), unbiased: (tenths ?? NaN) / 10, sd };
}

/** Only what an object holds itself: an id may be `__proto__`. */
function own<T>(held: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return held !== undefined && Object.hasOwn(held, name) ? held[name] : undefined;
}
