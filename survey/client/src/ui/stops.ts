/** The pages on which it does not go on, each saying why, what it means, and what to do. */

import { BrowserLacks } from "../browser.ts";
import { ManifestMismatch } from "../manifest.ts";
import { Refused } from "../send.ts";
import { sentenceFor } from "../sentences.ts";
import { BadSignature } from "../token.ts";
import { button, type Child, el, paragraph } from "./dom.ts";
import { show } from "./screen.ts";

interface Stop {
  readonly title: string;
  readonly says: readonly string[];
  /** Another code may still work. */
  readonly retry?: boolean;
  /** Something may be wrong with the society's services, and it should hear of it. */
  readonly alarm?: boolean;
}

const STOPS: Readonly<Record<string, Stop>> = {
  "used-code": {
    title: "This code was used already",
    retry: true,
    says: [
      "It led to a pass on another device or in another browser. If that was you, go on there: only that browser has the pass.",
      "If it was not you, tell the society. It cannot see what was answered, and it may give you a new code.",
    ],
  },
  "revoked-code": {
    title: "This code was taken back",
    retry: true,
    says: ["The society has withdrawn it, for example because it was lost. Ask for a new one. Nothing was sent."],
  },
  "wrong-code": {
    title: "This round does not know the code",
    retry: true,
    says: ["Codes are valid in one round only. Compare it letter by letter with your invitation, or ask the society."],
  },
  closed: {
    title: "This round is closed",
    says: ["It takes no more answers. Results appear on this site when they have been counted."],
  },
  cancelled: {
    title: "This round was cancelled",
    says: ["The society has ended it without counting anything. Its keys and all answers are destroyed."],
  },
  "not-yet-open": {
    title: "This round has not opened yet",
    says: ["Come back when it has opened. Your invitation stays valid; keep the link."],
  },
  "unknown-round": {
    title: "There is no such round here",
    says: ["Check that the whole link of your invitation was opened. If it was, tell the society. Nothing was sent."],
  },
};

const MISMATCH: Stop = {
  title: "Stop: this is not the round you were invited to",
  says: [
    "What the services gave does not fit your invitation, or differs from one service to the other, or is not signed as it should be.",
    "It may be a mistake, or somebody may be trying to show you another promise than everyone else. Do not enter your code here. " +
      "Nothing was sent.",
  ],
  alarm: true,
};

const BAD_PASS: Stop = {
  title: "Stop: the registrar gave a pass that is not valid",
  says: ["Your browser checked it and threw it away. No answer was sent. The society should look into this."],
  alarm: true,
};

export function stopFor(error: unknown): Stop | null {
  if (error instanceof Refused) return Object.hasOwn(STOPS, error.problem) ? (STOPS[error.problem] ?? null) : null;
  if (error instanceof ManifestMismatch) return MISMATCH;
  if (error instanceof BadSignature) return BAD_PASS;
  if (error instanceof BrowserLacks) return lacks(error.what);
  return null;
}

function lacks(what: string): Stop {
  return {
    title: "This browser lacks what is needed",
    says: [
      `Missing: ${what}. Without it your answers could not be locked on your device, so nothing was sent.`,
      "Open the link of your invitation in a current Firefox, Chrome, Edge or Safari. Your invitation stays valid.",
    ],
  };
}

export function showStop(stop: Stop, contact: string, ...more: Child[]): void {
  const tell = paragraph(el("strong", {}, stop.alarm ? "Please tell the society: " : "The society: "), contact);
  const body = el("div", { class: stop.alarm ? "warning" : "card", role: "alert" }, ...stop.says.map((said) => paragraph(said)), tell);
  show(stop.title, body, ...more);
}

export function showNamedStop(name: string, contact: string, ...more: Child[]): void {
  showStop(STOPS[name] ?? MISMATCH, contact, ...more);
}

/** Any error: a stop of its own, or a page from which to try again. */
export function showError(error: unknown, contact: string, again: () => void, label: string | null = null): void {
  const stop = stopFor(error);
  const offered = stop === null ? "Try again" : label;
  const more = offered !== null && el("div", { class: "actions" }, button(offered, again, "main"));
  showStop(stop ?? { title: "That did not work", says: [sentenceFor(error)] }, contact, more);
}
