/** Several items added up on the device; only the group that the total falls into is an answer. */

import { binOf } from "../../brackets.ts";
import { type Score, text } from "../../form.ts";
import { el, freshId } from "../dom.ts";
import { type Control, tick } from "./control.ts";

export function scoreControl({ question, language, answer, unfinished, change }: Control<Score>): HTMLElement {
  const values = new Map<string, number>();
  for (const { id } of question.items) {
    const before = unfinished.get(`${question.id} ${id}`);
    if (before !== undefined) values.set(id, Number(before));
  }
  const sent = el("p", { class: "sent", role: "status", translate: "no" });

  function tell(bin: string | undefined): void {
    const missing = question.items.length - values.size;
    if (bin !== undefined) sent.textContent = `The only thing that will be sent: your total lies in the group ${groupInWords(bin)}.`;
    else if (values.size === 0) sent.textContent = "Only the group of your total is sent, never the single answers.";
    else sent.textContent = `${missing} to go. A total needs all of them; otherwise nothing of this is sent.`;
  }

  function chosen(item: string, value: number): void {
    values.set(item, value);
    unfinished.set(`${question.id} ${item}`, String(value));
    const whole = values.size === question.items.length;
    const bin = whole ? binOf(question, [...values.values()].reduce((sum, next) => sum + next, 0)) : undefined;
    change(bin);
    tell(bin);
  }

  const items = question.items.map(({ id, label }) => {
    const name = freshId();
    const points = Array.from({ length: question.points }, (_, index) => {
      const value = index + 1;
      const more = index === 0 ? "lowest" : value === question.points ? "highest" : "";
      const changed = () => chosen(id, value);
      return tick({ kind: "radio", name, label: String(value), more, checked: values.get(id) === value, changed });
    });
    const row = el("div", { class: "points" }, ...points);
    return el("fieldset", { class: "item" }, el("legend", {}, text(label, language)), row);
  });
  tell(typeof answer === "string" ? answer : undefined);
  const ends = el("p", { class: "hint" }, `1 = never or not at all, ${question.points} = always or very much.`);
  return el("div", {}, ends, ...items, sent);
}

/** "12-14" as a person says it. */
export function groupInWords(bin: string): string {
  return bin.replace("-", " to ");
}
