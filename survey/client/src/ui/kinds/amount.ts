/** A number that stays on the device; only its public bracket is an answer. */

import { bracketIds, bracketLabels, bracketOf } from "../../brackets.ts";
import { type Amount, type Answer, text } from "../../form.ts";
import { el, freshId } from "../dom.ts";
import type { Control } from "./control.ts";

export function amountControl({ question, language, answer, unfinished, change }: Control<Amount>): HTMLElement {
  const id = freshId();
  const typed = el("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", oninput: changed });
  typed.value = unfinished.get(question.id) ?? "";
  const units = Object.keys(question.units);
  const unit = el("select", { "aria-label": "Currency or unit", onchange: changed });
  units.sort((a, b) => Number(question.units[a] !== 1) - Number(question.units[b] !== 1));
  unit.append(...units.map((name) => el("option", { value: name }, name)));
  unit.value = unfinished.get(`${question.id} unit`) ?? units[0] ?? "";
  const label = el("label", { for: id });
  const sent = el("p", { class: "sent", role: "status", translate: "no" });

  function changed(): void {
    unfinished.set(question.id, typed.value);
    unfinished.set(`${question.id} unit`, unit.value);
    const value = readNumber(typed.value);
    const bracket = value === null ? undefined : bracketOf(question, value, units.length > 0 ? unit.value : undefined);
    change(bracket);
    tell(bracket);
    named();
  }

  /** The host's words for the unit, in the currency that is chosen. */
  function named(): void {
    const base = units[0];
    const words = text(question.unit, language);
    label.textContent = base === undefined ? words : words.replace(base, unit.value);
  }

  function tell(bracket: Answer | undefined): void {
    if (typeof bracket === "string") {
      sent.textContent = `The only thing that will be sent: ${bracketInWords(question, bracket, language)}.`;
    } else if (typed.value.trim() === "") {
      sent.textContent = "The number stays on your device. Only the bracket it falls into is sent.";
    } else sent.textContent = "This is not a number yet, so nothing would be sent. Write digits, for example 1200.";
  }

  tell(answer);
  named();
  const field = el("div", { class: "field" }, label, typed);
  return el("div", {}, units.length > 1 ? el("div", { class: "pair" }, field, el("div", { class: "field" }, unit)) : field, sent);
}

export function bracketInWords(question: Amount, bracket: string, language: string): string {
  const label = bracketLabels(question, language)[bracketIds(question).indexOf(bracket)] ?? bracket;
  return bracket === "zero" ? label : `${label} ${text(question.unit, language)}`;
}

/** A number as people type it, with spaces, points or commas; null if it is none. */
export function readNumber(typed: string): number | null {
  const bare = typed.replace(/[\s'’]/g, "").replace(/^[−–]/, "-");
  const last = Math.max(bare.lastIndexOf("."), bare.lastIndexOf(","));
  const thousands = /^-?[1-9]\d{0,2}([.,])\d{3}(\1\d{3})*$/.test(bare);
  const plain = thousands ? bare.replace(/[.,]/g, "") : whole(bare, last);
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

/** The last point or comma is the decimal one. */
function whole(bare: string, last: number): string {
  return last < 0 ? bare : `${bare.slice(0, last).replace(/[.,]/g, "")}.${bare.slice(last + 1)}`;
}
