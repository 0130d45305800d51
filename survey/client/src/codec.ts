/** Answers to records and back: one byte a slot, in form order, 0 = no answer. Mirrors survey/forms/codec.py. */

import {
  type Answer,
  type Answers,
  answerIds,
  asked,
  type Choices,
  type Form,
  type Okr,
  type Option,
  type Question,
  questionsOf,
  type Scale,
} from "./form.ts";

/** The answer to this question is not in the form. Never holds the answer. */
export class InvalidAnswer extends Error {
  readonly question: string;

  constructor(question: string) {
    super(question);
    this.question = question;
  }
}

/** A record breaks its form, in the named question or (empty) as a whole. Never holds the record. */
export class InvalidRecord extends Error {
  readonly question: string;

  constructor(question: string) {
    super(question);
    this.question = question;
  }
}

function width(question: Question): number {
  switch (question.kind) {
    case "choices":
      return question.at_most;
    case "ranking":
      return question.top;
    case "okr":
      return 3 * question.rows;
    default:
      return 1;
  }
}

/** Question id -> where its bytes start and end in a record, in form order. */
export function slots(form: Form): Map<string, [start: number, end: number]> {
  const places = new Map<string, [number, number]>();
  let start = 0;
  for (const question of questionsOf(form)) {
    places.set(question.id, [start, (start += width(question))]);
  }
  return places;
}

/** Bytes in every record of the form. */
export function recordLength(form: Form): number {
  return questionsOf(form).reduce((sum, question) => sum + width(question), 0);
}

/** The record of some answers; equal answers always give equal records. Throws InvalidAnswer. */
export function encode(form: Form, answers: Answers): Uint8Array {
  const places = slots(form);
  for (const id of answers.keys()) {
    if (!places.has(id)) throw new InvalidAnswer(id);
  }
  const here = asked(form, answers);
  const record = new Uint8Array(recordLength(form));
  for (const question of questionsOf(form)) {
    const answer = answers.get(question.id);
    const codes = answer === undefined ? [] : codesOf(question, answer);
    if (codes.length > 0 && !here.has(question.id)) {
      throw new InvalidAnswer(question.id);
    }
    record.set(codes, places.get(question.id)?.[0]);
  }
  return record;
}

/** The codes of one answer, without the zeros that fill its slots. */
function codesOf(question: Question, answer: Answer): number[] {
  switch (question.kind) {
    case "choice":
    case "score":
    case "amount":
      return [code(question, answerIds(question), answer)];
    case "scale":
      return [point(question, answer)];
    case "choices":
      return choicesCodes(question, answer);
    case "ranking":
      return distinct(question, answer, question.top);
    case "okr":
      return okrCodes(question, answer);
  }
}

function code(question: Question, ids: readonly string[], answer: unknown): number {
  const index = typeof answer === "string" ? ids.indexOf(answer) : -1;
  if (index < 0) throw new InvalidAnswer(question.id);
  return index + 1;
}

function point(scale: Scale, answer: unknown): number {
  if (typeof answer !== "number" || !Number.isInteger(answer) || answer < scale.from || answer > scale.to) {
    throw new InvalidAnswer(scale.id);
  }
  return answer - scale.from + 1;
}

function many(question: Question, answer: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(answer)) throw new InvalidAnswer(question.id);
  if (answer.length > most) throw new InvalidAnswer(question.id);
  return answer;
}

function distinct(question: Question, answer: unknown, most: number): number[] {
  const ids = answerIds(question);
  const codes = many(question, answer, most).map((one) => code(question, ids, one));
  if (new Set(codes).size < codes.length) throw new InvalidAnswer(question.id);
  return codes;
}

function choicesCodes(question: Choices, answer: unknown): number[] {
  const codes = distinct(question, answer, question.at_most).sort((a, b) => a - b);
  if (codes.length > 1 && codes.some((one) => question.options[one - 1]?.alone)) throw new InvalidAnswer(question.id);
  return codes;
}

function okrCodes(question: Okr, answer: unknown): number[] {
  const rows = many(question, answer, question.rows).map((row) => rowCodes(question, row));
  const pair = ([objective = 0, keyResult = 0]: readonly number[]) => 256 * objective + keyResult;
  if (new Set(rows.map(pair)).size < rows.length) throw new InvalidAnswer(question.id);
  return rows.sort((a, b) => pair(a) - pair(b)).flat();
}

function columnsOf(question: Okr): (readonly Option[])[] {
  return [question.objectives, question.key_results, question.progress];
}

function rowCodes(question: Okr, row: unknown): number[] {
  const columns = columnsOf(question).map((options) => options.map((option) => option.id));
  if (!Array.isArray(row) || row.length !== columns.length) throw new InvalidAnswer(question.id);
  return columns.map((ids, index) => code(question, ids, row[index]));
}

/** The answers in a record. Throws InvalidRecord, for any record that `encode` cannot have written. */
export function decode(form: Form, record: Uint8Array): Map<string, Answer> {
  if (record.length !== recordLength(form)) throw new InvalidRecord("");
  const places = slots(form);
  const answers = new Map<string, Answer>();
  for (const question of questionsOf(form)) {
    const codes = record.subarray(...(places.get(question.id) as [number, number]));
    if (codes.some((one) => one > 0)) answers.set(question.id, answerIn(question, codes));
  }
  checkCanonical(form, answers, record);
  return answers;
}

/** Writing the answers again must give the same bytes: this holds order, gaps, repeats and show_if. */
function checkCanonical(form: Form, answers: Answers, record: Uint8Array): void {
  const again = encodeAgain(form, answers);
  for (const [id, [start, end]] of slots(form)) {
    for (let index = start; index < end; index++) {
      if (record[index] !== again[index]) throw new InvalidRecord(id);
    }
  }
}

function encodeAgain(form: Form, answers: Answers): Uint8Array {
  try {
    return encode(form, answers);
  } catch (error) {
    if (error instanceof InvalidAnswer) throw new InvalidRecord(error.question);
    throw error;
  }
}

function answerIn(question: Question, codes: Uint8Array): Answer {
  switch (question.kind) {
    case "choice":
    case "score":
    case "amount":
      return named(question, answerIds(question), codes[0]);
    case "scale":
      return Number(named(question, answerIds(question), codes[0]));
    case "choices":
    case "ranking": {
      const ids = answerIds(question);
      return [...codes].filter((one) => one > 0).map((one) => named(question, ids, one));
    }
    case "okr":
      return rowsIn(question, codes);
  }
}

function rowsIn(question: Okr, codes: Uint8Array): [string, string, string][] {
  const columns = columnsOf(question).map((options) => options.map((option) => option.id));
  const rows = Array.from({ length: question.rows }, (_, row) => codes.subarray(3 * row, 3 * row + 3));
  return rows
    .filter((row) => row.some((one) => one > 0))
    .map((row) => columns.map((ids, index) => named(question, ids, row[index])) as [string, string, string]);
}

function named(question: Question, ids: readonly string[], one: number | undefined): string {
  const id = ids[(one ?? 0) - 1];
  if (id === undefined) throw new InvalidRecord(question.id);
  return id;
}
