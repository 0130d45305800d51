/**
 * Where somebody's answers lie in an earlier release of the form. Reads the release's whole `tables.csv` and her answers,
 * which stay in memory; nothing here asks or tells anybody anything.
 */

import { type Answer, type Answers, answerIds, type OkrRow, type Question } from "./form.ts";

/** A release to compare with: its round, when that closed, and the questions that were asked identically. */
export interface Earlier {
  readonly round: string;
  readonly closed: string;
  readonly questions: readonly string[];
  /** The 95 % margin beyond which nothing is shown. */
  readonly usable: number;
}

/** A row of the tables; its numbers mean something only where it is shown. Shares are of 1, counts in respondents. */
interface Cell {
  readonly by: string;
  readonly shown: boolean;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly unbiased: number;
  readonly sd: number;
}

/** Rows by their first five columns as they are written. */
export type Tables = ReadonlyMap<string, Cell>;

/** How many said one thing that she said; rank: from 1, or empty. */
export interface Shared extends Cell {
  readonly answer: string;
  readonly rank: string;
}

/** Shares of those who answered that lie below her bracket, and up to its end; margin: 95 %, of either. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly margin: number;
}

/**
 * What was published of a question for everyone (`by` is empty), or for a group that she belongs to. Band: null if it is
 * too uncertain or not all brackets are shown, undefined where answers have no order.
 */
export interface Group {
  readonly by: readonly string[];
  readonly cells: readonly Shared[];
  readonly band: Band | null | undefined;
}

const HEAD = "question,by,cohort,rank,answer,share,low,high,count,unbiased,sd,estimate,status";
const ROW = /^([^",]*,("[^"]*"|[^",]*),("[^"]*"|[^",]*),\d*,[^",]*,)((-?\d+\.\d+,|,){6})\w*,(shown|hidden|uncertain)$/;

/** Our own format only. Throws RangeError. */
export function readTables(csv: string): Tables {
  const [head, ...lines] = csv.split("\n");
  const cells = new Map<string, Cell>();
  for (const line of lines.slice(0, -1)) {
    const [, key = "", by = "", , numbers = "", , status] = ROW.exec(line) ?? [];
    const [share, low, high, , unbiased, sd] = numbers.split(",").map(Number) as [number, number, number, number, number, number];
    cells.set(key, { by: by.replaceAll('"', ""), shown: status === "shown", share, low, high, unbiased, sd });
  }
  // A row that is none of ours has the empty key.
  if (head !== HEAD || lines.at(-1) !== "" || cells.has("") || cells.size + 1 !== lines.length) {
    throw new RangeError("these are not the tables of a release");
  }
  return cells;
}

/** What the release says of one question that was asked identically, and that she answered; everyone comes first. */
export function groupsOf(question: Question, answers: Answers, tables: Tables, { questions, usable }: Earlier): Group[] {
  const { id, kind } = question;
  const answer = answers.get(id) as Answer;
  const sets = new Set([...tables.values()].map(({ by }) => by));
  const mine = (name: string) => name !== id && questions.includes(name) && answers.has(name);
  const scale = kind === "scale" || kind === "amount" || kind === "score" ? answerIds(question) : undefined;
  return [...sets].flatMap((set) => {
    const by = set.split(",").filter(Boolean);
    const cohort = by.map((name) => answers.get(name));
    const cell = (one: string, rank = "") =>
      tables.get(written(kind === "okr" ? `${id}.objective` : id, set, cohort.join(","), rank, one)) ??
      // How many are in a cohort stands in the table of its sizes.
      (set === "" ? tables.get(written("", id, one, "", "")) : undefined);
    const cells = said(kind, answer).flatMap((one, index) => {
      const rank = kind === "ranking" ? String(index + 1) : "";
      const found = cell(one, rank);
      return found ? [{ ...found, answer: one, rank }] : [];
    });
    const band = scale && bandOf(scale.map((one) => cell(one)), scale.indexOf(String(answer)), usable);
    return cells.length > 0 && by.every(mine) ? [{ by, cells, band }] : [];
  });
}

function written(...columns: readonly string[]): string {
  return columns.map((column) => (column.includes(",") ? `"${column}",` : `${column},`)).join("");
}

/** The ids in an answer; of an okr, its different objectives. */
function said(kind: string, answer: Answer): readonly string[] {
  if (!Array.isArray(answer)) return [String(answer)];
  return kind === "okr" ? [...new Set((answer as readonly OkrRow[]).map(([objective]) => objective))] : (answer as readonly string[]);
}

/** The noise of each cell is its own; sampling as in the release (docs/privacy.md, "A place among others"). */
function bandOf(cells: readonly (Cell | undefined)[], at: number, usable: number): Band | null {
  const shown = cells.filter((cell) => cell?.shown) as Cell[];
  const sum = (of: (cell: Cell, index: number) => number) => shown.reduce((total, cell, index) => total + of(cell, index), 0);
  const whole = sum(({ unbiased }) => unbiased);
  const [from, to] = [at, at + 1].map((below) => {
    const share = Math.min(Math.max(sum(({ unbiased }, index) => (index < below ? unbiased : 0)) / whole, 0), 1);
    const noise = sum(({ sd }, index) => (sd * (Number(index < below) - share)) ** 2) / whole ** 2;
    const drawn = (share * whole + 1.92) / (whole + 3.84);
    // Nobody is below the lowest bracket, nor above the highest.
    const sampling = below % cells.length && (drawn * (1 - drawn)) / (whole + 3.84);
    return { share, margin: 1.96 * Math.sqrt(noise + sampling) };
  }) as [{ share: number; margin: number }, { share: number; margin: number }];
  const margin = Math.max(from.margin, to.margin);
  if (shown.length < cells.length || !(whole >= 1 && margin <= usable)) return null;
  return { from: from.share, to: Math.max(from.share, to.share), margin };
}
