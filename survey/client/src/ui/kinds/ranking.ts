/** The first few of several in order: one select box a rank, so that keyboard and thumb do the same. */

import { type Ranking, text } from "../../form.ts";
import { el } from "../dom.ts";
import { type Control, boxIn, selectBox } from "./control.ts";

export function rankingControl({ question, language, answer, change, say }: Control<Ranking>): HTMLElement {
  const entries = question.options.map(({ id, label }) => ({ value: id, label: text(label, language) }));
  const fields = Array.from({ length: question.top }, (_, index) =>
    selectBox(`Number ${index + 1}`, "Nothing chosen", entries, changed),
  );
  const boxes = fields.map(boxIn);

  function changed(): void {
    const before = boxes.map((box) => box.value);
    const ranked = before.filter((id) => id !== "");
    refresh(ranked);
    change(ranked.length === 0 ? undefined : ranked);
    say(before.indexOf("") < ranked.length && before.indexOf("") >= 0 ? "The others have moved up." : "");
  }

  function refresh(ranked: readonly string[]): void {
    boxes.forEach((box, rank) => {
      box.value = ranked[rank] ?? "";
      box.disabled = rank > ranked.length; // no gaps
      for (const option of box.options) option.disabled = option.value !== box.value && ranked.includes(option.value);
    });
  }

  refresh(Array.isArray(answer) ? (answer as string[]) : []);
  return el("div", {}, ...fields);
}
