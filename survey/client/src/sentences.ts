/**
 * What a person is told when something does not work: what happened, and what to do. Most of it is said in place; where
 * it does not go on, there is a page of its own.
 */

import { BrowserLacks } from "./browser.ts";
import { ManifestMismatch } from "./manifest.ts";
import { PassFileFault } from "./passfile.ts";
import { NoToken } from "./respond.ts";
import { Refused, Unreachable } from "./send.ts";
import { BadSignature } from "./token.ts";

/** A page on which it does not go on. */
export interface Stop {
  readonly title: string;
  readonly says: readonly string[];
  /** Another code, or another address, may still work. */
  readonly retry?: boolean;
  /** Something may be wrong with the society's services, and it should hear of it. */
  readonly alarm?: boolean;
}

const STOPS: Readonly<Record<string, Stop>> = {
  "used-code": {
    title: "This code was used already",
    retry: true,
    says: [
      "It led to a pass on another device or in another browser. If that was you, go on there.",
      "If it was not you, tell the society. It cannot see what was answered, and may give you a new code.",
    ],
  },
  "revoked-code": {
    title: "This code was taken back",
    retry: true,
    says: ["The society has withdrawn it, for example because it was lost. Ask for a new one."],
  },
  "wrong-code": {
    title: "This round does not know the code",
    retry: true,
    says: ["Codes are valid in one round only. Compare it letter by letter with your invitation, or ask the society."],
  },
  "used-address": {
    title: "This address has its pass already",
    retry: true,
    says: [
      "It led to a pass on another device or in another browser. If that was you, go on there.",
      "If it was not you, somebody else can read your mail: tell the society. It cannot see what was answered.",
    ],
  },
  "domain-full": {
    title: "No more passes for this domain",
    retry: true,
    says: ["As many of its people as the round takes have a pass. Another address may still be taken."],
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
    says: ["Come back then. Your invitation stays valid; keep the link."],
  },
  "unknown-round": {
    title: "There is no such round here",
    says: ["Check that the whole link of your invitation was opened. If it was, tell the society."],
  },
};

const MISMATCH: Stop = {
  title: "Stop: this is not the round you were invited to",
  says: [
    "What the services gave does not fit your invitation, or differs from one service to the other, or is not signed as it should be.",
    "It may be a mistake, or somebody may want to show you another promise than everyone else. Do not enter your code here.",
  ],
  alarm: true,
};

const BAD_PASS: Stop = {
  title: "Stop: the registrar gave a pass that is not valid",
  says: ["Your browser checked it and threw it away. No answer was sent."],
  alarm: true,
};

const FAILED = "The service failed. Nothing that it has confirmed is lost; try again in a few minutes.";
const REFUSALS: Readonly<Record<string, string>> = {
  "bad-address": "No mail can be sent to this address. Check it letter by letter.",
  "other-domain": "This round takes no addresses at this domain. Use another.",
  "free-mail": "This round takes no addresses at free-mail providers. Use another.",
  "too-many": "Too many mails were asked for. Look for one that has arrived, or try again in an hour.",
  "wrong-mail-code": "These are not the digits of the newest mail. Compare them, or have a new one sent.",
  "mail-code-over": "These digits are too old, or were mistyped too often. Have new ones sent.",
  storage: FAILED,
  fault: FAILED,
};
const REFUSED = "The service did not accept this. Load this page again; if it happens again, tell the society.";

/** The page that an error of this core has, or null if it is said in place. */
export function stopFor(error: unknown): Stop | null {
  if (error instanceof Refused) return stopNamed(error.problem);
  if (error instanceof ManifestMismatch) return MISMATCH;
  if (error instanceof BadSignature) return BAD_PASS;
  if (error instanceof BrowserLacks) return lacks(error.message);
  return null;
}

export function stopNamed(problem: string): Stop | null {
  return (Object.hasOwn(STOPS, problem) && STOPS[problem]) || null;
}

function lacks(what: string): Stop {
  return {
    title: "This browser lacks what is needed",
    says: [
      `Missing: ${what}. Without it your answers cannot be locked on your device, so nothing was sent.`,
      "Open your link in a current Firefox, Chrome, Edge or Safari. Your invitation stays valid.",
    ],
  };
}

/** What is said in place, for every error that has no page. */
export function sentenceFor(error: unknown): string {
  if (error instanceof Refused) return (Object.hasOwn(REFUSALS, error.problem) && REFUSALS[error.problem]) || REFUSED;
  if (error instanceof Unreachable) {
    return error.unsafe
      ? "This service's address is not encrypted, so nothing was sent there. Tell the society."
      : "The service does not answer. Check your connection and try again; nothing is lost.";
  }
  if (error instanceof NoToken) return "Your pass is no longer in this browser: another tab may have deleted it. Nothing was sent.";
  if (error instanceof PassFileFault) {
    return error.otherRound
      ? "This pass file belongs to another round. Open the page of that round and choose the file there."
      : "This is not a whole pass file. Choose the file that this page saved for you, unchanged.";
  }
  return "Something went wrong on this page. Load it again; if it happens again, tell the society.";
}
