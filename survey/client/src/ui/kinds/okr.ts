/** Rows of objective, what it is measured by, and progress. A row counts once it is complete, a pair once. */

import { type Okr, type OkrRow, type Option, text } from "../../form.ts";
import { el } from "../dom.ts";
import { type Control, boxIn, selectBox } from "./control.ts";

export function okrControl({ question, language, answer, unfinished, change, say }: Control<Okr>): HTMLElement {
  const columns: [string, readonly Option[]][] = [
    ["Objective", question.objectives],
    ["Measured by", question.key_results],
    ["Progress", question.progress],
  ];
  const known = Array.isArray(answer) ? (answer as OkrRow[]) : [];
  const rows = Array.from({ length: question.rows }, (_, index) => makeRow(index));

  function makeRow(index: number): { frame: HTMLElement; boxes: HTMLSelectElement[] } {
    const fields = columns.map(([label, options]) => {
      const entries = options.map((option) => ({ value: option.id, label: text(option.label, language) }));
      return selectBox(label, "Nothing chosen", entries, changed);
    });
    const before = unfinished.get(`${question.id} ${index}`)?.split("|") ?? known[index] ?? [];
    const boxes = fields.map(boxIn);
    boxes.forEach((box, column) => (box.value = before[column] ?? ""));
    const legend = el("legend", {}, `Row ${index + 1} of up to ${question.rows}`);
    return { frame: el("fieldset", { class: "row item" }, legend, ...fields), boxes };
  }

  function changed(): void {
    const values = rows.map(({ boxes }) => boxes.map((box) => box.value));
    values.forEach((row, index) => unfinished.set(`${question.id} ${index}`, row.join("|")));
    const complete = values.filter((row) => row.every(Boolean)) as unknown as OkrRow[];
    const pairs = new Map(complete.map((row) => [`${row[0]}|${row[1]}`, row]));
    change(pairs.size === 0 ? undefined : [...pairs.values()]);
    refresh(values, complete.length > pairs.size);
  }

  function refresh(values: readonly string[][], twice: boolean): void {
    const begun = values.map((row) => row.some(Boolean));
    const last = begun.lastIndexOf(true);
    rows.forEach(({ frame }, index) => (frame.hidden = index > last + 1));
    const open = values.some((row) => row.some(Boolean) && !row.every(Boolean));
    if (twice) say("The same objective and measure stand in two rows; only the later one will be sent.");
    else say(open ? "A row is sent only when all three are chosen." : "");
  }

  refresh(rows.map(({ boxes }) => boxes.map((box) => box.value)), false);
  return el("div", {}, ...rows.map(({ frame }) => frame));
}
