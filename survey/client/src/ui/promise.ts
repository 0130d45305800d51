/** The promise: everything that the signed manifest commits the society to, before the first question. */

import { questionsOf, text } from "../form.ts";
import type { Manifest, Round } from "../manifest.ts";
import { actions, button, card, type Child, el, fold, list, paragraph, section } from "./dom.ts";
import { proof, whoMay } from "./eligible.ts";
import { minutesFor } from "./minutes.ts";
import { bound, oneIn, surest, upTo } from "./odds.ts";
import { inOneHand, parties } from "./parties.ts";
import { dayInWords, inWords, show } from "./screen.ts";
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
    actions(button("Go on", goOn, "main")),
    asked(manifest, language),
    section("Who may take part", paragraph(whoMay(manifest))),
    notLinked(proof(manifest.eligibility)),
    section("Who runs what, and what they can see", ...parties(manifest)),
    published(manifest, language),
    budget(manifest),
    limits(manifest),
    identity(screen),
    actions(button("Go on", goOn, "main")),
  );
}

function inShort({ round, closes, language }: PromiseScreen): HTMLElement {
  const { promise, form, society, eligibility } = round.manifest;
  const count = questionsOf(form).length;
  return card(
    "tinted",
    "In short",
    list([
      `${society} asks ${count} questions. They take about ${minutesFor(form, language)} minutes, and you may leave out any.`,
      "Your answers cannot be linked to you from what is left when the round has closed, not even by registrar and intake together. The results " +
        "are blurred on purpose.",
      inOneHand(round.manifest),
      `That you took part is visible to the registrar: it sees that your ${proof(eligibility)} was used.`,
      `Groups that may have fewer than ${promise.min_cohort} people are not displayed.`,
      `Open until ${inWords(closes)}. Use your own phone and not the company network: an employer can see which sites its network visits.`,
    ]),
  );
}

function asked(manifest: Manifest, language: string): Child {
  const pages = manifest.form.page.map((page) => {
    const questions = page.question.map((question) => text(question.label, language));
    const why = page.why === undefined ? null : paragraph(`Why: ${text(page.why, language)}`);
    return el("div", { lang: language }, el("h3", {}, text(page.title, language)), why, list(questions));
  });
  return section(
    "What is asked, and why",
    paragraph(
      `${manifest.society} publishes figures that everyone can use. There is no free text: every answer is one of a public ` +
        "list, and of an amount only its bracket leaves your device.",
    ),
    fold("All questions", ...pages),
  );
}

function notLinked(shown: string): Child {
  return section(
    "What “cannot be linked to you” means",
    paragraph(
      `Your ${shown} is used once, to get a pass. The registrar signs it as in a closed envelope, without seeing it, so later ` +
        "nobody can tell which pass was whose.",
    ),
    paragraph(
      "Your answers are locked before they leave this device; only the tally has the key. The registrar knows codes and sees no " +
        "answer; the tally sees answers and no names.",
    ),
  );
}

function published(manifest: Manifest, language: string): Child {
  const { promise } = manifest;
  const count = promise.tables.length;
  const gate =
    promise.minimum_responses > 0 &&
    `If fewer than about ${promise.minimum_responses} people answer (counted with noise), nothing but that is published.`;
  return section(
    "What will be published",
    paragraph(`${count} ${count === 1 ? "table" : "tables"}, and nothing else. No single record is ever shown.`),
    fold("Which tables, and how exact they will be", tableOfTables(manifest, language)),
    list([
      `A figure that would be off by more than ${Math.round(100 * promise.usable_margin)} points in 100 is not shown as one.`,
      "The raw noisy numbers are published too, also those of small groups, so that anyone can check: noise protects them, not hiding.",
      gate,
      `With fewer than ${promise.respondents} people figures get less exact.`,
    ]),
  );
}

function budget(manifest: Manifest): Child {
  const { promise } = manifest;
  const { term } = promise;
  return section(
    "How much the results can give away about you",
    paragraph(
      "Random noise is added to every count before it is published (“differential privacy”). It limits what anyone can " +
        "conclude about you, whatever else they know. Who finds two things equally likely, can after reading all of it be:",
    ),
    bound("about your answer to any single question,", promise.question_epsilon),
    bound("about all of your answers together,", promise.replacement_epsilon),
    bound("about whether you took part at all (from the results alone),", promise.epsilon),
    paragraph(
      `These are bounds for the worst case; the chance that they do not hold is ${oneIn(promise.delta)}. All rounds from ` +
        `${dayInWords(term.start)} to ${dayInWords(term.end)} together stay within ${upTo(surest(term.epsilon))} % in the last sense.`,
    ),
    fold(
      "The same in numbers",
      paragraph(
        `ε = ${[promise.question_epsilon, promise.replacement_epsilon, promise.epsilon].map(short).join(", ")}, as above; of the ` +
          `term: ${short(term.epsilon)}. δ = ${promise.delta}.`,
      ),
    ),
  );
}

function short(value: number): string {
  return (Math.ceil(value * 100) / 100).toString();
}

function limits(manifest: Manifest): Child {
  return section(
    "What this cannot protect you from",
    list([
      `A small round is a small crowd: among about ${manifest.promise.respondents} people, someone who knows a lot can still guess.`,
      "The tally sees records without names, until they are destroyed. A rare mix of answers may point to a person: leave out " +
        "what you like.",
      "The registrar could make up passes, or turn others away, and with the tally single somebody out. The intake could drop " +
        "answers. Neither can read or change yours.",
      "A translating browser sends others what it reads: switch that off.",
      "Whoever serves this page could change what it does. Its fingerprint stands below.",
      "Others may watch you, or control your device.",
    ]),
  );
}

function identity({ round, compare }: PromiseScreen): Child {
  const number = el("p", { class: "digits" }, round.id);
  const words = paragraph(
    "This promise is signed by the society, and your browser has checked it: registrar and intake gave the same one. Its " +
      "number is published too:",
  );
  const content = [words, number, paragraph(`Something wrong? ${round.manifest.contact}`)];
  const unsure = compare && paragraph("No link has told this page which round you were invited to, so compare its number.");
  return section("Signed and checked", unsure, ...content);
}
