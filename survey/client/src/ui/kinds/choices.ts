/** Some of several, up to a limit. */

import { type Choices, text } from "../../form.ts";
import { el, freshId } from "../dom.ts";
import { type Control, tick } from "./control.ts";

export function choicesControl({ question, language, answer, change, say }: Control<Choices>): HTMLElement {
  const chosen = new Set(Array.isArray(answer) ? (answer as string[]) : []);
  const alone = new Set(question.options.filter((option) => option.alone).map((option) => option.id));
  const name = freshId();
  const inputs = new Map<string, HTMLInputElement>();

  function toggled(id: string, on: boolean): void {
    if (on && alone.has(id)) chosen.clear();
    else if (on) alone.forEach((other) => chosen.delete(other));
    if (on) chosen.add(id);
    else chosen.delete(id);
    change(chosen.size === 0 ? undefined : [...chosen]);
    refresh();
  }

  function refresh(): void {
    const full = chosen.size >= question.at_most;
    for (const [id, input] of inputs) {
      input.checked = chosen.has(id);
      // One that stands alone takes the place of the others, so it never makes too many.
      input.disabled = full && !input.checked && !alone.has(id) && ![...chosen].some((other) => alone.has(other));
    }
    say(full && question.at_most > 1 ? `That is all ${question.at_most}. Take one away to choose another.` : "");
  }

  const options = question.options.map(({ id, label }) => {
    const changed = (input: HTMLInputElement) => toggled(id, input.checked);
    const option = tick({ kind: "checkbox", name, label: text(label, language), checked: chosen.has(id), changed });
    inputs.set(id, option.querySelector("input") as HTMLInputElement);
    return option;
  });
  refresh();
  return el("div", {}, ...options);
}
