/** The pages on which it does not go on, each saying why, what it means, and what to do. */

import type { Phase } from "../closing.ts";
import { sentenceFor, type Stop, stopFor, stopNamed } from "../sentences.ts";
import type { Kept } from "../store.ts";
import { actions, button, type Child, el, paragraph } from "./dom.ts";
import { show } from "./screen.ts";

export function showStop(stop: Stop, contact: string, ...more: Child[]): void {
  const tell = paragraph(el("strong", {}, stop.alarm ? "Please tell the society: " : "The society: "), contact);
  const body = el("div", { class: stop.alarm ? "warning" : "card", role: "alert" }, ...stop.says.map((said) => paragraph(said)), tell);
  show(stop.title, body, ...more);
}

export function showNamedStop(name: string, contact: string, ...more: Child[]): void {
  const stop = stopNamed(name);
  if (stop !== null) showStop(stop, contact, ...more);
}

/** The round is over; `kept` is what this browser still had of it, `results` where what came of it is published. */
export function showEnded(phase: Phase, contact: string, kept: Kept | null, results: Child = null): void {
  showNamedStop(phase, contact, results, kept && paragraph(whatBecame(kept)), kept && paragraph("Your pass is of no more use, and deleted from this browser."));
}

function whatBecame(kept: Kept): string {
  if (kept.sealed !== null && !kept.sent) {
    return "What you sent last was not confirmed. It counts only if it arrived in time; nobody can look that up.";
  }
  if (!kept.sent) return "Nothing of yours was sent.";
  return kept.withdrawn ? "You had taken your answers back." : "What you had sent before was confirmed, and stays.";
}

/** Any error: a stop of its own, or a page from which to try again. */
export function showError(error: unknown, contact: string, again: () => void, label: string | null = null): void {
  const stop = stopFor(error);
  const offered = stop === null ? "Try again" : label;
  const more = offered !== null && actions(button(offered, again, "main"));
  showStop(stop ?? { title: "That did not work", says: [sentenceFor(error)] }, contact, more);
}
