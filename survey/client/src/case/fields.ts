/** Fields to choose and type in. None is part of a form element: nothing here can be sent, and no browser keeps it. */

import { bracketOf } from "../brackets.ts";
import { type Amount, type Answer, type Question, text } from "../form.ts";
import { type Child, el, freshId } from "../ui/dom.ts";
import { readNumber } from "../ui/kinds/amount.ts";
import { type Data, optionsOf } from "./data.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Choices under headings; a heading that is empty is none. */
export type Choices = ReadonlyMap<string, readonly Choice[]>;

export function select(label: string, none: string, choices: Choices, change: (value: string) => void): HTMLElement {
  const id = freshId();
  const box = el("select", { id, autocomplete: "off", onchange: () => change(box.value) }, el("option", { value: "" }, none));
  for (const [heading, group] of choices) {
    const options = group.map(({ value, label }) => el("option", { value }, label));
    box.append(...(heading === "" ? options : [el("optgroup", { label: heading }, ...options)]));
  }
  return el("div", { class: "field" }, el("label", { for: id }, label), box);
}

export function line(label: string, hint: string, longest: number, change: (typed: string) => void): HTMLElement {
  const id = freshId();
  const box = el("input", { id, type: "text", maxlength: longest, autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}h` });
  box.addEventListener("input", () => change(box.value.trim()));
  return el("div", { class: "field" }, el("label", { for: id }, label), box, el("p", { id: `${id}h`, class: "hint" }, hint));
}

export function tick(label: string, on: boolean, change: (on: boolean) => void): HTMLElement {
  const box = el("input", { type: "checkbox", autocomplete: "off", onchange: () => change(box.checked) });
  box.checked = on;
  return el("label", { class: "tick" }, box, el("span", {}, label));
}

export function fieldset(legend: string, ...children: Child[]): HTMLElement {
  return el("fieldset", {}, el("legend", {}, legend), ...children);
}

/** What she would answer; of several answers, one. What follows from it is said under it. */
export function answerField(data: Data, question: Question, answered: (answer: Answer | undefined) => string): HTMLElement {
  const told = el("p", { class: "told", role: "status" });
  const tell = (answer: Answer | undefined, why = "") => void (told.textContent = why || answered(answer));
  const field = question.kind === "amount" ? amountField(question, tell) : choiceField(data, question, (answer) => tell(answer));
  return el("div", { class: "answer", "data-question": question.id }, field, told);
}

const FIRST: Partial<Record<Question["kind"], string>> = { ranking: " (your first)", choices: " (one of yours)", okr: " (your objective)" };

function choiceField(data: Data, question: Question, change: (answer: Answer | undefined) => void): HTMLElement {
  const options = optionsOf(data, question.id).map(({ id, label }) => ({ value: id, label }));
  const label = `${text(question.label)}${FIRST[question.kind] ?? ""}`;
  return select(label, "Not chosen", new Map([["", options]]), (id) => change(id === "" ? undefined : answerOf(question, id)));
}

function answerOf({ kind }: Question, id: string): Answer {
  if (kind === "scale") return Number(id);
  if (kind === "okr") return [[id, "", ""]];
  return kind === "ranking" || kind === "choices" ? [id] : id;
}

function amountField(question: Amount, tell: (answer: Answer | undefined, why?: string) => void): HTMLElement {
  const id = freshId();
  const units = Object.keys(question.units).sort((a, b) => Number(question.units[a] !== 1) - Number(question.units[b] !== 1));
  const typed = el("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", oninput: changed });
  const unit = el("select", { "aria-label": `Currency or unit: ${text(question.label)}`, autocomplete: "off", onchange: changed });
  unit.append(...units.map((name) => el("option", { value: name }, name)));

  function changed(): void {
    const value = readNumber(typed.value);
    if (value !== null) return tell(bracketOf(question, value, units.length > 0 ? unit.value : undefined));
    tell(undefined, typed.value.trim() === "" ? "" : "This is not a number yet. Write digits, for example 1200.");
  }

  const label = el("label", { for: id }, `${text(question.label)}, ${text(question.unit)}`);
  return el("div", { class: "field" }, label, el("div", { class: "pair" }, typed, units.length > 1 && unit));
}
