/**
 * My case for the room: one side from a release's published figures and what the visitor chooses and types. All of it
 * happens here: this script asks nobody anything, keeps nothing and changes no address.
 */

import type { Answer, Question } from "../form.ts";
import { text } from "../form.ts";
import { button, el, present } from "../ui/dom.ts";
import type { Picks } from "./blocks.ts";
import { contentsOf, entryOf, moveOf, peersInWords, reasonOf } from "./contents.ts";
import { type Data, optionsOf, playing, questionIn } from "./data.ts";
import { answerField, type Choices, fieldset, line, select, tick } from "./fields.ts";
import { EVERYONE, groupsIn } from "./figures.ts";
import { fit } from "./fit.ts";
import { sideOf } from "./side.ts";
import { standingOf } from "./stand.ts";

const PLAIN = 3; // questions that the side begins with where no guide says which carry the case

function start(place: HTMLElement, data: Data): void {
  let picks = begun(data);
  const side = el("article", { class: "side", "aria-label": "Your side, as it will be printed" });
  const choices = el("div", { class: "choices" });
  const retell: (() => void)[] = []; // what was said of an answer changes with the group

  function pick(change: Partial<Picks>): void {
    picks = { ...picks, ...change };
    show();
  }

  function show(): void {
    side.replaceChildren(...sideOf(picks.ask, peersInWords(data, picks), picks.group, contentsOf(data, picks)));
    fit(side);
  }

  function answer(question: Question): HTMLElement {
    let given: Answer | undefined;
    const field = answerField(data, question, (answer) => {
      given = answer;
      const answers = new Map(picks.answers);
      if (answer === undefined) answers.delete(question.id);
      else answers.set(question.id, answer);
      pick({ answers });
      return told(data, picks, question, answer);
    });
    const line = field.querySelector(".told")!;
    retell.push(() => given !== undefined && void (line.textContent = told(data, picks, question, given)));
    return field;
  }

  const carrying = data.questions.filter((one) => one.kind === "amount" || [playing(data, "priority"), playing(data, "kpi")].includes(one));
  const others = data.questions.filter((one) => !carrying.includes(one) && !(one.kind === "choice" && one.cohort));
  const fields = [
    groupField(data, (group) => {
      pick({ group });
      retell.forEach((again) => again());
    }),
    fieldset("Where do we stand?", ...carrying.map(answer), fold("More questions", others.map(answer))),
    ...guided(data, picks, pick),
    fieldset(
      "In our own words",
      line("What we ask for", "One decision in one sentence; it becomes the heading.", 140, (ask) => pick({ ask })),
      line("Our own figure", "For example: turnover 14 %, after 11 % the year before.", 140, (own) => pick({ own })),
    ),
    questionsField(data, picks, (questions) => pick({ questions })),
    el("div", { class: "actions" }, button("Print my side", () => print(), "main")),
    el("p", { class: "hint" }, "If an address stands at the edge of the print, switch off “headers and footers” in your browser’s print window."),
  ];
  choices.append(...present(fields));
  place.replaceChildren(choices, side);
  show();
}

function begun(data: Data): Picks {
  const questions = data.guide === null ? choosable(data).slice(0, PLAIN) : [];
  const ids = questions.map(({ id }) => id);
  return { group: EVERYONE, answers: new Map(), ask: "", own: "", reason: "", move: "", entry: null, questions: ids };
}

function told(data: Data, picks: Picks, question: Question, answer: Answer | undefined): string {
  if (answer === undefined) return "";
  const { lines, group } = standingOf(data, question, answer, picks.group);
  if (lines.length === 0) return "This round shows nothing of that answer: too few gave it, or it is too uncertain.";
  const whose = picks.group !== EVERYONE && group === EVERYONE ? " This is of everyone: your group alone cannot be shown." : "";
  return lines.join(" ") + whose;
}

function groupField(data: Data, change: (group: Picks["group"]) => void): HTMLElement {
  const known = groupsIn(data);
  const all = [...known.values()].flat();
  const choices = new Map([...known].map(([heading, groups]) => [heading, groups.map((one) => ({ value: `${all.indexOf(one)}`, label: one.label }))]));
  if (all.length === 0) return el("p", { class: "hint" }, "Figures are of everyone: no group can be shown.");
  return fieldset("Our peers", select("Compare with", "Everyone who answered", choices, (value) => change(all[Number(value || -1)] ?? EVERYONE)));
}

/** What only a guide can offer: the no that she expects, and a small move. */
function guided(data: Data, picks: Picks, pick: (change: Partial<Picks>) => void): HTMLElement[] {
  const { guide } = data;
  if (guide === null) return [];
  const fields = [
    optionField(data, playing(data, "no_said"), "The no we expect", reasonOf(data, picks), (reason) => pick({ reason })),
    select("Small move to test", entryWords(data, picks), entriesOf(data), (value) => pick({ entry: value === "" ? null : Number(value) })),
    optionField(data, playing(data, "move"), "How we bring it", moveOf(data, picks), (move) => pick({ move })),
  ];
  return [fieldset("The no, and a small move", ...fields)];
}

function optionField(data: Data, question: Question | undefined, label: string, usual: string | undefined, change: (id: string) => void): HTMLElement | null {
  if (question === undefined) return null;
  const options = optionsOf(data, question.id).map((one) => ({ value: one.id, label: one.label }));
  const none = usual === undefined ? "Not chosen" : "The most common";
  return select(label, none, new Map([["", options]]), change);
}

function entryWords(data: Data, picks: Picks): string {
  return entryOf(data, picks) === undefined ? "Not chosen" : "The one that fits our priority";
}

function entriesOf(data: Data): Choices {
  const found = new Map<string, { value: string; label: string }[]>();
  data.guide?.entries.forEach(({ question, answer }, index) => {
    const asked = questionIn(data, question);
    const option = optionsOf(data, asked?.kind === "okr" ? `${question}.objective` : question).find(({ id }) => id === answer);
    if (asked === undefined || option === undefined) return;
    const heading = text(asked.label);
    found.set(heading, [...(found.get(heading) ?? []), { value: `${index}`, label: option.label }]);
  });
  return found;
}

function choosable(data: Data): Question[] {
  const playingNow = data.guide === null ? [] : Object.values(data.guide.roles);
  return data.questions.filter((one) => ["choice", "choices", "ranking"].includes(one.kind) && !playingNow.includes(one.id) && !(one.kind === "choice" && one.cohort));
}

/** Further questions whose most common answers stand on the side. */
function questionsField(data: Data, picks: Picks, change: (questions: readonly string[]) => void): HTMLElement | null {
  const chosen = new Set(picks.questions);
  const ticks = choosable(data).map(({ id, label }) =>
    tick(text(label), chosen.has(id), (on) => {
      if (on) chosen.add(id);
      else chosen.delete(id);
      change([...chosen]);
    }),
  );
  return fieldset("What else peers say", fold("Questions to put on the side", ticks, data.guide === null));
}

function fold(title: string, children: readonly Node[], open = false): HTMLElement | null {
  return children.length === 0 ? null : el("details", { open }, el("summary", {}, title), ...children);
}

const place = document.getElementById("case");
const data = document.getElementById("figures");
if (place !== null && data !== null) start(place, JSON.parse(data.textContent) as Data);
