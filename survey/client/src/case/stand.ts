/** Where somebody stands among those who answered, by what she has typed here: worked out as place.ts does it. */

import { bracketLabels, bracketIds } from "../brackets.ts";
import type { Answer, Question } from "../form.ts";
import { type Group as Placed, groupsOf, saidIn } from "../place.ts";
import { type Data, optionsOf } from "./data.ts";
import { EVERYONE, type Figure, type Group, quartiles, tablesOf } from "./figures.ts";
import { amount, placeInWords, withRange } from "./words.ts";

/** What can be said of one answer; `lines` is empty where the round shows nothing of it. */
export interface Standing {
  readonly question: Question;
  readonly said: string;
  readonly group: Group;
  readonly lines: readonly string[];
}

export function standingOf(data: Data, question: Question, answer: Answer, group: Group): Standing {
  const everybody = data.questions.map(({ id }) => id);
  const answers = new Map<string, Answer>([...membership(group), [question.id, answer]]);
  const places = groupsOf(question, answers, tablesOf(data), { round: "", questions: everybody, usable: data.facts.usable });
  const said = saidInWords(data, question, answer);
  const told = [group, EVERYONE].flatMap((one) => {
    const place = places.find(({ by }) => by.join() === one.by);
    const lines = place === undefined ? [] : [...linesOf(place, question), ...middleOf(data, question, one)];
    return lines.length > 0 ? [{ question, said, group: one, lines, placed: place?.band !== null }] : [];
  });
  // A place among everyone says more than a share of the group alone.
  return told.find(({ placed }) => placed) ?? told[0] ?? { question, said, group: EVERYONE, lines: [] };
}

/** The answers that make somebody a member of a group. */
function membership({ by, cohort }: Group): [string, string][] {
  const ids = cohort.split(",");
  return by === "" ? [] : by.split(",").map((id, index) => [id, ids[index]!]);
}

function linesOf({ cells, band }: Placed, { kind }: Question): string[] {
  const [cell] = cells;
  const place = band ? [`Our place: ${placeInWords(band)}.`] : [];
  if (cell === undefined || !cell.shown) return place;
  return [...place, `${withRange(cell as Figure)} ${SAME[kind] ?? "answered alike"}.`];
}

const SAME: Partial<Record<Question["kind"], string>> = {
  ranking: "rank it first, too",
  choices: "chose it, too",
  amount: "lie in the same bracket",
  okr: "named it, too",
};

function middleOf(data: Data, question: Question, group: Group): string[] {
  const found = question.kind === "amount" ? quartiles(data, question.id, group) : null;
  if (question.kind !== "amount" || found === null || found.group !== group) return [];
  const [value, low, high] = found.middle;
  const ends = low !== null && high !== null ? ` (${amount(low)} to ${amount(high)})` : "";
  return [`Half of them are below ${amount(value)}${ends} ${question.unit as string}.`];
}

function saidInWords(data: Data, question: Question, answer: Answer): string {
  if (question.kind === "amount") {
    const label = bracketLabels(question)[bracketIds(question).indexOf(answer as string)] ?? "";
    return answer === "zero" ? label : `${label} ${question.unit as string}`;
  }
  const [id] = ([saidIn(question, answer)].flat(2) as (string | number)[]).map(String);
  const name = question.kind === "okr" ? `${question.id}.objective` : question.id;
  return optionsOf(data, name).find((one) => one.id === id)?.label ?? "";
}
