/** What every kind of question gets and gives. */

import type { Answer, Question } from "../../form.ts";
import { el, freshId } from "../dom.ts";

export interface Control<Q extends Question> {
  readonly question: Q;
  readonly language: string;
  readonly answer: Answer | undefined;
  /** What was typed or half chosen: kept in memory for coming back to the page, and never sent. */
  readonly unfinished: Map<string, string>;
  readonly change: (answer: Answer | undefined) => void;
  /** One sentence that is read out when it changes. */
  readonly say: (sentence: string) => void;
}

interface Tick {
  readonly kind: "radio" | "checkbox";
  readonly name: string;
  readonly label: string;
  /** Read out behind the label, but not seen. */
  readonly more?: string | undefined;
  readonly checked: boolean;
  readonly changed: (input: HTMLInputElement) => void;
}

/** A labelled radio button or checkbox, large enough for a thumb. */
export function tick(wanted: Tick): HTMLLabelElement {
  const input = el("input", { type: wanted.kind, name: wanted.name, onchange: () => wanted.changed(input) });
  input.checked = wanted.checked;
  const more = wanted.more ? el("span", { class: "hidden" }, ` ${wanted.more}`) : null;
  return el("label", { class: "option" }, input, el("span", {}, wanted.label, more));
}

export interface Entry {
  readonly value: string;
  readonly label: string;
}

/** A labelled select box whose first entry means "nothing chosen". */
export function selectBox(label: string, nothing: string, entries: readonly Entry[], changed: () => void): HTMLElement {
  const id = freshId();
  const options = entries.map((entry) => el("option", { value: entry.value }, entry.label));
  const box = el("select", { id, onchange: changed }, el("option", { value: "" }, nothing), ...options);
  return el("div", { class: "field" }, el("label", { for: id }, label), box);
}

export function boxIn(field: HTMLElement): HTMLSelectElement {
  return field.querySelector("select") as HTMLSelectElement;
}
