/** The canonical form, as JSON has it, and which of its questions are asked. Mirrors survey/forms/. */

import { binIds, bracketIds, bracketLabels } from "./brackets.ts";

export type Label = string | Readonly<Record<string, string>>;

export interface Option {
  readonly id: string;
  readonly label: Label;
  /** Cannot be chosen together with another ("none of these"); only in `choices`. */
  readonly alone?: boolean;
}

/** Ask only if this earlier `choice` was answered with one of these options. */
export interface ShowIf {
  readonly question: string;
  readonly any_of: readonly string[];
}

interface Asked {
  readonly id: string;
  readonly label: Label;
  readonly show_if?: ShowIf;
}

export interface Choice extends Asked {
  readonly kind: "choice";
  readonly options: readonly Option[];
  readonly cohort: boolean;
}

export interface Choices extends Asked {
  readonly kind: "choices";
  readonly options: readonly Option[];
  readonly at_most: number;
}

export interface Ranking extends Asked {
  readonly kind: "ranking";
  readonly options: readonly Option[];
  readonly top: number;
}

export interface Scale extends Asked {
  readonly kind: "scale";
  readonly from: number;
  readonly to: number;
  readonly low?: Label;
  readonly high?: Label;
}

/** Items answered from 1 to `points` and added up; only the bin of the sum is an answer. */
export interface Score extends Asked {
  readonly kind: "score";
  readonly points: number;
  readonly items: readonly Option[];
  /** The first sum of each bin. */
  readonly starts: readonly number[];
}

/** A number, of which only its public bracket is an answer. */
export interface Amount extends Asked {
  readonly kind: "amount";
  readonly unit: Label;
  /** Fixed public rates; a value is divided by the rate of its unit. */
  readonly units: Readonly<Record<string, number>>;
  readonly edges: readonly number[];
  /** What the bracket of exactly zero is called, if it has one. */
  readonly zero?: Label;
}

export interface Okr extends Asked {
  readonly kind: "okr";
  readonly rows: number;
  readonly objectives: readonly Option[];
  readonly key_results: readonly Option[];
  readonly progress: readonly Option[];
}

export type Question = Choice | Choices | Ranking | Scale | Score | Amount | Okr;

export interface Page {
  readonly title: Label;
  /** Why these questions are asked; always there if one of them is a cohort. */
  readonly why?: Label;
  readonly question: readonly Question[];
}

export interface Form {
  readonly id: string;
  readonly title: Label;
  readonly intro: Label;
  readonly page: readonly Page[];
}

/** Ids of objective, key result and progress. */
export type OkrRow = readonly [string, string, string];

/**
 * choice: option id; scale: a whole number; amount: bracket id; score: bin id; choices: ids; ranking: ids in order;
 * okr: rows.
 */
export type Answer = string | number | readonly string[] | readonly OkrRow[];

/** Question id -> answer; a question that is missing has no answer. A Map, because an id may be `__proto__`. */
export type Answers = ReadonlyMap<string, Answer>;

/** All questions, in the order in which they are asked. */
export function questionsOf(form: Form): Question[] {
  return form.page.flatMap((page) => page.question);
}

export function questionOf(form: Form, id: string): Question | undefined {
  return questionsOf(form).find((question) => question.id === id);
}

/** Ids of the questions that are asked, given these answers; none behind a question not asked. */
export function asked(form: Form, answers: Answers): Set<string> {
  const here = new Set<string>();
  for (const question of questionsOf(form)) {
    const rule = question.show_if;
    if (rule === undefined || (here.has(rule.question) && names(rule, answers.get(rule.question)))) {
      here.add(question.id);
    }
  }
  return here;
}

function names(rule: ShowIf, answer: Answer | undefined): boolean {
  return typeof answer === "string" && rule.any_of.includes(answer);
}

/** The answers without those to questions that are not asked: what can be encoded. */
export function onlyAsked(form: Form, answers: Answers): Map<string, Answer> {
  const here = asked(form, answers);
  return new Map([...answers].filter(([id]) => here.has(id)));
}

/** The text in exactly this language, else the bare one, else the first by language. */
export function text(label: Label, language = "en"): string {
  if (typeof label === "string") return label;
  const own = Object.hasOwn(label, language) ? label[language] : undefined;
  return own ?? label[Object.keys(label).sort()[0] ?? ""] ?? "";
}

/** Every language that some label names, sorted; a label may still lack some of them. */
export function languagesOf(form: Form): string[] {
  const found = new Set<string>();
  for (const label of labelsOf(form)) {
    if (typeof label !== "string") Object.keys(label).forEach((language) => found.add(language));
  }
  return [...found].sort();
}

/** All words of a form. */
export function labelsOf(form: Form): Label[] {
  const pages = form.page.flatMap((page) => [page.title, page.why, ...page.question.flatMap(labelsIn)]);
  return [form.title, form.intro, ...pages].filter((label) => label !== undefined);
}

function labelsIn(question: Question): (Label | undefined)[] {
  const options = optionLists(question).flatMap((list) => list.map((option) => option.label));
  if (question.kind === "amount") return [question.label, question.unit, question.zero];
  if (question.kind === "scale") return [question.label, question.low, question.high];
  return [question.label, ...options];
}

/** The lists of labelled things in a question: options, items, or the three columns of an okr. */
export function optionLists(question: Question): (readonly Option[])[] {
  switch (question.kind) {
    case "choice":
    case "choices":
    case "ranking":
      return [question.options];
    case "score":
      return [question.items];
    case "okr":
      return [question.objectives, question.key_results, question.progress];
    default:
      return [];
  }
}

/** The ids of all answers in code order: the code of an answer is its index + 1. Not for an okr. */
export function answerIds(question: Question): string[] {
  switch (question.kind) {
    case "choice":
    case "choices":
    case "ranking":
      return question.options.map((option) => option.id);
    case "scale":
      return Array.from({ length: question.to - question.from + 1 }, (_, index) => String(question.from + index));
    case "score":
      return binIds(question);
    case "amount":
      return bracketIds(question);
    case "okr":
      throw new TypeError("okr");
  }
}

/** What a person reads for each of `answerIds`, in the same order. */
export function answerLabels(question: Question, language = "en"): string[] {
  switch (question.kind) {
    case "choice":
    case "choices":
    case "ranking":
      return question.options.map((option) => text(option.label, language));
    case "scale":
      return scaleLabels(question, language);
    case "amount":
      return bracketLabels(question, language);
    default:
      return answerIds(question);
  }
}

function scaleLabels(scale: Scale, language: string): string[] {
  const labels = answerIds(scale);
  if (scale.low !== undefined) labels[0] += ` (${text(scale.low, language)})`;
  if (scale.high !== undefined) labels[labels.length - 1] += ` (${text(scale.high, language)})`;
  return labels;
}
