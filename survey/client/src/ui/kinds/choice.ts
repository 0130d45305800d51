/** One of several, and a point on a scale. */

import { type Choice, type Scale, answerIds, text } from "../../form.ts";
import { el, freshId } from "../dom.ts";
import { type Control, selectBox, boxIn, tick } from "./control.ts";

const MOST_POINTS_IN_A_ROW = 11;

export function choiceControl({ question, language, answer, change }: Control<Choice>): HTMLElement {
  const name = freshId();
  const options = question.options.map(({ id, label }) =>
    tick({ kind: "radio", name, label: text(label, language), checked: answer === id, changed: () => change(id) }),
  );
  return el("div", {}, ...options);
}

export function scaleControl(control: Control<Scale>): HTMLElement {
  const { question, language, answer, change } = control;
  const ids = answerIds(question);
  if (ids.length > MOST_POINTS_IN_A_ROW) return longScale(control, ids);
  const name = freshId();
  const ends = [question.low, question.high].map((label) => (label === undefined ? "" : text(label, language)));
  const points = ids.map((id, index) => {
    const more = index === 0 ? ends[0] : index === ids.length - 1 ? ends[1] : "";
    const changed = () => change(Number(id));
    return tick({ kind: "radio", name, label: id, more, checked: answer === Number(id), changed });
  });
  const shown = ends.some(Boolean) && el("p", { class: "ends", "aria-hidden": "true" }, end(ids[0] ?? "", ends[0] ?? ""), end(ids.at(-1) ?? "", ends[1] ?? ""));
  return el("div", {}, el("div", { class: "points" }, ...points), shown);
}

function end(id: string, words: string): HTMLElement {
  return el("span", {}, words && `${id} = ${words}`);
}

function longScale({ question, answer, change }: Control<Scale>, ids: readonly string[]): HTMLElement {
  const entries = ids.map((id) => ({ value: id, label: id }));
  const label = `From ${question.from} to ${question.to}`;
  const field = selectBox(label, "No answer", entries, () => change(box.value === "" ? undefined : Number(box.value)));
  const box = boxIn(field);
  box.value = answer === undefined ? "" : String(answer);
  return field;
}
