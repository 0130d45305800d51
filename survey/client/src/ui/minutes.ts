/** How long a form takes: its words at an ordinary reading speed, and its controls. Mirrors survey/forms/reading.py. */

import { type Form, type Question, labelsOf, questionsOf, text } from "../form.ts";

const WORDS_PER_MINUTE = 230;
const SECONDS_PER_CONTROL = 5;

export function minutesFor(form: Form, language: string): number {
  const words = labelsOf(form).reduce((sum, label) => sum + wordsIn(text(label, language)), 0);
  const controls = questionsOf(form).reduce((sum, question) => sum + controlsOf(question), form.page.length + 1);
  return Math.max(1, Math.ceil(words / WORDS_PER_MINUTE + (controls * SECONDS_PER_CONTROL) / 60));
}

/** Lone punctuation is no word. */
function wordsIn(said: string): number {
  return said.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** How often a person has to touch it. */
function controlsOf(question: Question): number {
  if (question.kind === "choices") return question.at_most;
  if (question.kind === "ranking") return question.top;
  if (question.kind === "score") return question.items.length;
  if (question.kind === "amount") return 2;
  return question.kind === "okr" ? 3 * question.rows : 1;
}
