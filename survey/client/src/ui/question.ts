/** One question: its words, its control, and a way to leave it out again. */

import { type Answer, type Question, text } from "../form.ts";
import { button, el } from "./dom.ts";
import { amountControl } from "./kinds/amount.ts";
import { choiceControl, scaleControl } from "./kinds/choice.ts";
import { choicesControl } from "./kinds/choices.ts";
import type { Control } from "./kinds/control.ts";
import { okrControl } from "./kinds/okr.ts";
import { rankingControl } from "./kinds/ranking.ts";
import { scoreControl } from "./kinds/score.ts";

export interface Asking {
  readonly language: string;
  readonly answers: Map<string, Answer>;
  readonly unfinished: Map<string, string>;
  readonly changed: () => void;
}

export function questionFrame(question: Question, asking: Asking): HTMLElement {
  const said = el("p", { class: "hint", role: "status" });
  const clear = button("Leave this out", leaveOut, "plain");
  const place = el("div", {});
  const frame = el("fieldset", { class: "question", "data-question": question.id, lang: asking.language });

  function change(answer: Answer | undefined): void {
    if (answer === undefined) asking.answers.delete(question.id);
    else asking.answers.set(question.id, answer);
    clear.hidden = answer === undefined;
    asking.changed();
  }

  function leaveOut(): void {
    for (const key of [...asking.unfinished.keys()]) {
      if (key === question.id || key.startsWith(`${question.id} `)) asking.unfinished.delete(key);
    }
    change(undefined);
    said.textContent = "";
    fill();
    place.querySelector<HTMLElement>("input, select")?.focus();
  }

  function fill(): void {
    const { language, unfinished, answers } = asking;
    const say = (sentence: string) => (said.textContent = sentence);
    place.replaceChildren(controlFor({ question, language, unfinished, answer: answers.get(question.id), change, say }));
    clear.hidden = !answers.has(question.id);
  }

  fill();
  const hint = hintFor(question);
  frame.append(el("legend", {}, text(question.label, asking.language)));
  frame.append(el("div", {}, hint && el("p", { class: "hint" }, hint), place, said, clear));
  return frame;
}

function hintFor(question: Question): string {
  if (question.kind === "choices") return question.at_most === 1 ? "Choose one." : `Choose up to ${question.at_most}.`;
  if (question.kind === "ranking") return `Up to ${question.top}, the most important first.`;
  return "";
}

/** Each kind's control takes its own kind of question: the form was checked for that. */
const CONTROLS: Readonly<Record<Question["kind"], (control: Control<never>) => HTMLElement>> = {
  choice: choiceControl,
  choices: choicesControl,
  ranking: rankingControl,
  scale: scaleControl,
  score: scoreControl,
  amount: amountControl,
  okr: okrControl,
};

function controlFor(control: Control<Question>): HTMLElement {
  return CONTROLS[control.question.kind](control as Control<never>);
}
