/** The form, page by page; questions come and go with the answers they hang on. */

import { type Answer, type Form, type Page, asked, text } from "../form.ts";
import { actions, button, el } from "./dom.ts";
import { questionFrame } from "./question.ts";
import { show } from "./screen.ts";

export interface PageScreen {
  readonly form: Form;
  readonly index: number;
  readonly language: string;
  readonly answers: Map<string, Answer>;
  readonly unfinished: Map<string, string>;
  readonly bar: HTMLElement;
  readonly back: () => void;
  readonly next: () => void;
}

export function showPage(screen: PageScreen): void {
  const { form, index, language, answers, unfinished } = screen;
  const page = form.page[index] as Page;
  const frames = new Map<string, HTMLElement>();

  function hideNotAsked(): void {
    const here = asked(form, answers);
    frames.forEach((frame, id) => (frame.hidden = !here.has(id)));
  }

  for (const question of page.question) {
    frames.set(question.id, questionFrame(question, { language, answers, unfinished, changed: hideNotAsked }));
  }
  hideNotAsked();
  const position = `Page ${index + 1} of ${form.page.length}`;
  show(
    text(page.title, language),
    screen.bar,
    el("progress", { max: form.page.length + 1, value: index + 1, "aria-label": "How far you are" }),
    el("p", { class: "soft" }, `${position}. You may leave out any question.`),
    page.why === undefined ? null : el("p", { lang: language }, text(page.why, language)),
    ...frames.values(),
    actions(button("Back", screen.back), button("Next", screen.next, "main")),
  );
}

/** The next page in a direction that asks something now, or where the form ends. */
export function pageFrom(form: Form, answers: ReadonlyMap<string, Answer>, from: number, step: 1 | -1): number {
  const here = asked(form, answers);
  let index = from + step;
  while (form.page[index] !== undefined && !form.page[index]?.question.some(({ id }) => here.has(id))) index += step;
  return index;
}

/** Leaving for an empty page at once, whom to turn to, the language, and nothing else. */
export function topBar(languages: HTMLElement | null, support: HTMLElement | null, leave: () => void): HTMLElement {
  return el("div", { class: "bar" }, languages, support, button("Leave quickly", leave, "exit"));
}

export function languageChoice(languages: readonly string[], current: string, change: (to: string) => void): HTMLElement | null {
  if (languages.length < 2) return null;
  const box = el("select", { onchange: () => change(box.value) });
  box.append(...languages.map((code) => el("option", { value: code, lang: code }, nameOf(code))));
  box.value = current;
  return el("label", {}, el("span", { class: "hidden" }, "Language"), box);
}

function nameOf(code: string): string {
  try {
    return new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

