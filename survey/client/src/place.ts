/**
 * Where somebody's answers lie in an earlier release of the form. Reads the release's whole `tables.csv` and her answers,
 * which stay in memory; nothing here asks or tells anybody anything.
 */

import { type Answer, type Answers, answerIds, type OkrRow, type Question } from "./form.ts";

/** A release to compare with: its round, and the questions that were asked identically. */
export interface Earlier {
  readonly round: string;
  readonly questions: readonly string[];
  /** The 95 % margin beyond which nothing is shown. */
  readonly usable: number;
}

/** A row of the tables; its numbers mean something only where it is shown. Shares are of 1, counts in respondents. */
export interface Cell {
  readonly by: string;
  readonly shown: boolean;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly unbiased: number;
  readonly sd: number;
}

/** Rows by their first five columns, joined with commas. */
export type Tables = ReadonlyMap<string, Cell>;

/** Shares of those who answered that lie below her bracket, and up to its end; and the 95 % margin of either. */
export type Band = readonly [from: number, to: number, margin: number];

/**
 * What was published of a question for everyone (`by` is empty), or for a group that she belongs to. Cells: one for each
 * thing that she said, in the order of `saidIn`. Band: null if it is too uncertain or not all brackets are shown,
 * undefined where answers have no order.
 */
export interface Group {
  readonly by: readonly string[];
  readonly cells: readonly Cell[];
  readonly band: Band | null | undefined;
}

const HEAD = "question,by,cohort,rank,answer,share,low,high,count,unbiased,sd,estimate,status";

/** Our own format only. Throws RangeError. */
export function readTables(csv: string): Tables {
  const [head, ...lines] = csv.split("\n");
  const cells = new Map<string, Cell>();
  let ours = head === HEAD && lines.pop() === "";
  let rows = 0;
  for (const line of lines) {
    // Ids hold neither commas nor quotation marks; `by` and `cohort` are lists of them, as long as each other.
    const columns = line.replaceAll('"', "").split(",");
    const status = columns.pop();
    const [share, low, high, , unbiased, sd] = columns.splice(-7, 6).map(Number) as [number, number, number, number, number, number];
    // A further row of a cell, drawn towards a model or weighted to known margins: no measurement of her group.
    if (["modelled", "weighted"].includes(columns.pop()!)) continue;
    rows += 1;
    ours &&= !isNaN(share + low + high + unbiased + sd);
    const by = columns.slice(1, (columns.length - 1) / 2).join();
    cells.set(columns.join(), { by, shown: status === "shown", share, low, high, unbiased, sd });
  }
  if (!ours || cells.size < rows) throw new RangeError();
  return cells;
}

/** The things that an answer says, one by one; of an okr, the objectives. */
export function saidIn({ kind }: Question, answer: Answer): Answer {
  return kind === "okr" ? (answer as readonly OkrRow[]).map(([objective]) => [objective] as unknown as OkrRow) : answer;
}

/** What the release says of one question that was asked identically, and that she answered; everyone comes first. */
export function groupsOf(question: Question, answers: Answers, tables: Tables, { questions, usable }: Earlier): Group[] {
  const { id, kind } = question;
  const answer = answers.get(id) as Answer;
  const ids = ([saidIn(question, answer)].flat(2) as (string | number)[]).map(String);
  const mine = (name: string) => name !== id && questions.includes(name) && answers.has(name);
  const scale = kind === "scale" || kind === "amount" || kind === "score" ? answerIds(question) : undefined;
  return [...new Set([...tables.values()].map(({ by }) => by))].flatMap((set) => {
    const by = set.split(",").filter(Boolean);
    const cohort = by.map((name) => answers.get(name)).join();
    const cell = (said: string, index: number) =>
      tables.get([kind === "okr" ? `${id}.objective` : id, set, cohort, kind === "ranking" ? index + 1 : "", said].join()) ??
      // How many are in a cohort stands in the table of its sizes.
      tables.get(`${set},${id},${said},,`);
    const cells = ids.map(cell) as Cell[];
    if (!by.every(mine) || !cells.every(Boolean)) return [];
    // Beside the brackets there are cells for no answer and, under `show_if`, not asked.
    const size = tables.get(`,${set},${cohort},,`);
    return [{ by, cells, band: scale && bandOf(scale.map(cell) as Cell[], scale.indexOf(`${answer}`), usable, size, question.show_if ? 2 : 1) }];
  });
}

/**
 * Cells share noise: those of a group add up to its size, whose noise is published; hence the covariance of any two.
 * Sampling as in the release (docs/privacy.md, "A place among others").
 */
function bandOf(cells: readonly Cell[], at: number, usable: number, size: Cell | undefined, outside: number): Band | null {
  const n = cells.length + outside;
  const own = cells[0]!.sd ** 2;
  const shared = ((size?.shown ? size.sd : NaN) ** 2 / n - own) / (n - 1);
  const whole = sum(cells, ({ shown, unbiased }) => (shown ? unbiased : NaN));
  const end = (below: number) => {
    const share = Math.min(Math.max(sum(cells.slice(0, below), ({ unbiased }) => unbiased) / whole, 0), 1);
    const weight = (_: Cell, index: number) => +(index < below) - share;
    const noise = ((own - shared) * sum(cells, (cell, index) => weight(cell, index) ** 2) + shared * sum(cells, weight) ** 2) / whole ** 2;
    const people = whole + 3.84;
    const drawn = (share * whole + 1.92) / people;
    // Nobody is below the lowest bracket, nor above the highest.
    const sampling = below % cells.length && (drawn * (1 - drawn)) / people;
    return [share, 1.96 * Math.sqrt(noise + sampling)] as const;
  };
  const [[from, below], [to, above]] = [end(at), end(at + 1)];
  const margin = Math.max(below, above);
  return whole >= 1 && margin <= usable ? [from, Math.max(from, to), margin] : null; // null with NaN, too
}

function sum<T>(values: readonly T[], of: (value: T, index: number) => number): number {
  return values.reduce((total, value, index) => total + of(value, index), 0);
}
