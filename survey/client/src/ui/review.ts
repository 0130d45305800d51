/** Everything that will leave the device, in words, before it does. */

import { type Answer, type Form, type OkrRow, type Question, answerIds, answerLabels, asked, text } from "../form.ts";
import { actions, alertLine, button, card, el, paragraph, slowButton } from "./dom.ts";
import { type After, afterChoice } from "./keeping.ts";
import { bracketInWords } from "./kinds/amount.ts";
import { groupInWords } from "./kinds/score.ts";
import { show } from "./screen.ts";

export interface ReviewScreen {
  readonly form: Form;
  readonly language: string;
  readonly answers: ReadonlyMap<string, Answer>;
  readonly bar: HTMLElement;
  readonly onDevice: { readonly may: boolean; readonly does: boolean };
  /** Whether she has her pass as a file already: then this page goes on holding it, where it is. */
  readonly hasFile: boolean;
  readonly edit: (page: number) => void;
  readonly back: () => void;
  /** Sends; what it gives back is said in place. */
  readonly send: (after: After) => Promise<string>;
}

export function showReview(screen: ReviewScreen): void {
  const { form, language, answers } = screen;
  const here = asked(form, answers);
  const after = afterChoice(screen.onDevice);
  const chosen = () => (screen.hasFile ? { device: screen.onDevice.does, file: true } : after.chosen());
  const error = alertLine();
  const send = slowButton("Send my answers", "Locking and sending…", () => screen.send(chosen()), error);

  const pages = form.page.map((page, index) => {
    const lines = page.question.filter(({ id }) => here.has(id)).map((question) => line(question, answers.get(question.id), language));
    if (lines.length === 0) return null;
    const edit = button("Change", () => screen.edit(index), "plain");
    edit.setAttribute("aria-label", `Change: ${text(page.title, language)}`);
    return el("section", { lang: language }, el("h2", {}, text(page.title, language)), el("dl", { class: "answers", translate: "no" }, ...lines), edit);
  });
  show(
    "Look it over",
    screen.bar,
    el("progress", { max: form.page.length + 1, value: form.page.length + 0.5, "aria-label": "How far you are" }),
    paragraph("This is all that will be sent, and nothing of it has left your device yet."),
    ...pages,
    card(
      "tinted",
      "What happens when you send",
      paragraph(
        "Your answers are locked so that only the tally can open them, and go to the intake with " +
          "your pass. Everybody's look the same from outside.",
      ),
      !screen.hasFile && after.fields,
    ),
    error,
    actions(button("Back", screen.back), send),
  );
}

function line(question: Question, answer: Answer | undefined, language: string): HTMLElement {
  const said = answer === undefined ? el("dd", { class: "none" }, "No answer") : el("dd", {}, ...inWords(question, answer, language));
  return el("div", {}, el("dt", {}, text(question.label, language)), said);
}

/** A line for each thing that an answer says. */
export function inWords(question: Question, answer: Answer, language: string): Node[] {
  if (question.kind === "okr") return lines((answer as readonly OkrRow[]).map((row) => rowInWords(question, row, language)));
  if (question.kind === "amount") return lines([bracketInWords(question, String(answer), language)]);
  if (question.kind === "score") return lines([`Total in the group ${groupInWords(String(answer))}`]);
  const labels = answerLabels(question, language);
  const named = (id: string) => labels[answerIds(question).indexOf(id)] ?? id;
  const ids = Array.isArray(answer) ? (answer as string[]) : [String(answer)];
  if (question.kind === "ranking") return lines(ids.map((id, index) => `${index + 1}. ${named(id)}`));
  return lines(ids.map(named));
}

function rowInWords(question: Question & { kind: "okr" }, row: OkrRow, language: string): string {
  const columns = [question.objectives, question.key_results, question.progress];
  const named = row.map((id, index) => columns[index]?.find((option) => option.id === id)?.label ?? id);
  return named.map((label) => text(label, language)).join(" · ");
}

function lines(said: readonly string[]): Node[] {
  return said.map((one) => el("div", {}, one));
}
