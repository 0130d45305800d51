/** The promise: everything that the signed manifest commits the society to, before the first question. */

import { questionsOf, text } from "../form.ts";
import type { Manifest, Round } from "../manifest.ts";
import { button, type Child, el, fold, list, paragraph } from "./dom.ts";
import { minutesFor } from "./minutes.ts";
import { bound, oneIn, surest, upTo } from "./odds.ts";
import { parties } from "./parties.ts";
import { inWords, show } from "./screen.ts";
import { tableOfTables } from "./tables.ts";

export interface PromiseScreen {
  readonly round: Round;
  readonly closes: Date;
  readonly language: string;
  readonly bar: HTMLElement | null;
  /** How the round is named where no link carried its number. */
  readonly compare: boolean;
  readonly goOn: () => void;
}

export function showPromise(screen: PromiseScreen): void {
  const { round, language, goOn } = screen;
  const { manifest } = round;
  show(
    text(manifest.form.title, language),
    screen.bar,
    el("p", { class: "lead", lang: language }, text(manifest.form.intro, language)),
    inShort(screen),
    el("div", { class: "actions" }, button("Go on", goOn, "main")),
    ...asked(manifest, language),
    ...notLinked(),
    section("Who runs what, and what they can see", ...parties(manifest)),
    ...published(manifest, language),
    ...budget(manifest),
    ...limits(manifest),
    ...identity(screen),
    el("div", { class: "actions" }, button("Go on", goOn, "main")),
  );
}

function section(title: string, ...children: Child[]): HTMLElement {
  return el("section", {}, el("h2", {}, title), ...children);
}

function inShort({ round, closes, language }: PromiseScreen): HTMLElement {
  const { promise, form, society } = round.manifest;
  const count = questionsOf(form).length;
  return el(
    "section",
    { class: "card tinted", "aria-label": "In short" },
    el("h2", {}, "In short"),
    list([
      `${society} asks ${count} questions. They take about ${minutesFor(form, language)} minutes, and you may leave out any.`,
      "Your answers cannot be linked to you from what the registrar and the intake keep, not even by both together. The results are " +
        "blurred on purpose, so that they say little about any one person.",
      "That you took part is visible to the registrar: it sees that your code was used.",
      `Groups that may have fewer than ${promise.min_cohort} people are not displayed.`,
      `Open until ${inWords(closes)}. Use your own phone and not the company network: an employer can see which sites its network visits.`,
    ]),
  );
}

function asked(manifest: Manifest, language: string): Child[] {
  const pages = manifest.form.page.map((page) => {
    const questions = page.question.map((question) => text(question.label, language));
    const why = page.why === undefined ? null : paragraph(`Why: ${text(page.why, language)}`);
    return el("div", { lang: language }, el("h3", {}, text(page.title, language)), why, list(questions));
  });
  return [
    section(
      "What is asked, and why",
      paragraph(
        `${manifest.society} asks to publish figures that everyone can use. There is no free text: every answer is one of a ` +
          "public list, and of an amount only its bracket leaves your device.",
      ),
      fold("All questions", ...pages),
    ),
  ];
}

function notLinked(): Child[] {
  return [
    section(
      "What “cannot be linked to you” means",
      paragraph(
        "Your code is used once, to get a pass. Your browser makes the pass itself and has it signed like a sheet in a closed " +
          "envelope: the registrar signs without seeing it, so later nobody can tell which pass came from which code.",
      ),
      paragraph(
        "Your answers are locked on this device before they leave it. The intake checks the pass and keeps the locked answers; " +
          "only the tally has the key. The one who knows who you are never sees what you say, and the one who sees what is said " +
          "never learns who said it.",
      ),
    ),
  ];
}

function published(manifest: Manifest, language: string): Child[] {
  const { promise } = manifest;
  const count = promise.tables.length;
  const gate =
    promise.minimum_responses > 0 &&
    `If fewer than about ${promise.minimum_responses} people answer (counted with noise), nothing but that is published.`;
  return [
    section(
      "What will be published",
      paragraph(`Exactly ${count} ${count === 1 ? "table" : "tables"}, and nothing else. No single record is ever shown.`),
      fold("Which tables, and how exact they will be", tableOfTables(manifest, language)),
      list([
        `The smallest group displayed has ${promise.min_cohort} people. A figure that would be off by more than ` +
          `${Math.round(100 * promise.usable_margin)} points in 100 is not shown as one.`,
        "The raw noisy numbers behind the figures are published too, also those of small groups, so that anyone can check. " +
          "The noise protects them, not the hiding.",
        gate,
        `How exact the figures get is reckoned for ${promise.respondents} people; with fewer, less exact.`,
      ]),
    ),
  ];
}

function budget(manifest: Manifest): Child[] {
  const { promise } = manifest;
  const { term } = promise;
  return [
    section(
      "How much the results can give away about you",
      paragraph(
        "Before publishing, random noise is added to every count, as much as this round promises (“differential privacy”). " +
          "It limits what anyone can conclude about you, whatever else they know. Think of somebody who at first finds two " +
          "possibilities equally likely, 50 % each. After reading everything that is published, this person can be:",
      ),
      bound("about your answer to any single question,", promise.question_epsilon),
      bound("about all of your answers together,", promise.replacement_epsilon),
      bound("about whether you took part at all (from the results alone),", promise.epsilon),
      paragraph(
        `These are bounds for the worst case; the chance that they do not hold is ${oneIn(promise.delta)}. ` +
          `All rounds from ${term.start} to ${term.end} together stay within one budget (${upTo(surest(term.epsilon))} % in the last sense).`,
      ),
      fold(
        "The same in numbers",
        list([
          `Adding or removing one person: ε = ${short(promise.epsilon)}, δ = ${promise.delta}`,
          `Replacing one person's answers: ε = ${short(promise.replacement_epsilon)}`,
          `Replacing one answer to a single question: ε = ${short(promise.question_epsilon)}`,
          `The whole term: ε = ${short(term.epsilon)}, δ = ${term.delta}`,
        ]),
      ),
    ),
  ];
}

function short(value: number): string {
  return (Math.ceil(value * 100) / 100).toString();
}

function limits(manifest: Manifest): Child[] {
  return [
    section(
      "What this cannot protect you from",
      list([
        `A small round is a small crowd: with about ${manifest.promise.respondents} people, noise hides much of the detail, ` +
          "and someone who already knows a lot can still guess.",
        "The tally sees records without names. A rare mix of answers may point to a person, which is why you may leave out any " +
          "question and why the records are destroyed after counting.",
        "The registrar could make up passes for people who do not exist, and the intake could drop answers. Neither can read or change yours.",
        "Whoever serves this page serves the program in it. Its fingerprint stands at the end of the page.",
        "Someone who looks over your shoulder, or a device that others control.",
      ]),
    ),
  ];
}

function identity({ round, compare }: PromiseScreen): Child[] {
  const number = el("p", { class: "digits" }, round.id);
  const words = paragraph(
    "This promise is signed by the society, and your browser has checked it: registrar and intake gave the same one, to the " +
      "letter. Its number is also published, so that you can compare:",
  );
  const content = [words, number, paragraph(`Something wrong? ${round.manifest.contact}`)];
  return compare
    ? [section("Compare the number of this round", paragraph("No link has told this page which round you were invited to, so compare it."), ...content)]
    : [section("Signed and checked", ...content)];
}
