/** What comes after sending, or after a reload: where she stands, and what can still be changed with a pass. */

import { openPass, passFile } from "../passfile.ts";
import { draftOf, resend, takeBack } from "../respond.ts";
import { Refused } from "../send.ts";
import { sentenceFor, stopFor } from "../sentences.ts";
import type { Kept } from "../store.ts";
import { actions, alertLine, button, type Child, paragraph, slowButton } from "./dom.ts";
import { type After, afterChoice, type Keeping } from "./keeping.ts";
import { passFileChoice, saveFile } from "./passfiles.ts";
import { placeOffer } from "./place.ts";
import { inWords, show } from "./screen.ts";
import { showSent, showWasSent, type Standing } from "./sent.ts";
import { showEnded, showError, showNamedStop } from "./stops.ts";
import type { Visit } from "./visit.ts";

export function tooEarly({ round, contact }: Visit): void {
  showNamedStop("not-yet-open", contact, paragraph(`It opens on ${inWords(round.manifest.opens)}.`));
}

/** The round is over: say what that means for this person, and leave nothing behind. */
export function ended(visit: Visit): void {
  const { trail, phase, contact, kept, store, round } = visit;
  visit.clear();
  store.end(round.id);
  trail.end(() => showEnded(phase, contact, kept));
}

/** Whether the error says that the round is over; then that is said on its page. */
export function endedBy(visit: Visit, error: unknown): boolean {
  const problem = error instanceof Refused ? error.problem : "";
  if (problem !== "closed" && problem !== "cancelled") return false;
  visit.phase = problem;
  ended(visit);
  return true;
}

/** What an attempt says in place; what cannot be tried again has a page of its own. */
export async function trying(visit: Visit, attempt: () => Promise<void>): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    if (stopFor(error) === null) return sentenceFor(error);
    if (!endedBy(visit, error)) showError(error, visit.contact, visit.ways.form);
  }
  return "";
}

export function wasSent(visit: Visit): void {
  showWasSent(visit.contact, passFileChoice((text) => openFile(visit, text, visit.keeping)));
}

/** Something of this round lies in this browser: from before a reload, or from somebody else. */
export function found(visit: Visit, kept: Kept): void {
  const anew = button("It is not mine: delete it and begin anew", () => {
    visit.store.forget(visit.round.id);
    visit.ways.promise();
  });
  const [words, goOn, ...more] = nextStep(visit, kept);
  show(
    "You have been here before",
    visit.exit,
    paragraph(words),
    ...more,
    actions(goOn, anew),
    paragraph("Beginning anew needs a code or an address that was not used yet."),
  );
}

/** What was going on, the button that goes on with it, and what has to be said between the two. */
function nextStep(visit: Visit, kept: Kept): [string, ...Child[]] {
  const go = (act: () => void) => {
    const goOn = () => {
      visit.hers = true;
      act();
    };
    return button("Go on", goOn, "main");
  };
  if (kept.token === null) {
    visit.code ??= kept.code;
    return ["Your code was on its way to the registrar when the page was left. Nothing is lost.", go(visit.ways.entry)];
  }
  if (kept.sealed !== null && !kept.sent) return unconfirmed(visit, kept);
  if (kept.sent) {
    const words = kept.withdrawn ? "You have taken your answers back" : "Your answers are in";
    return [`${words}, and your pass is kept in this browser.`, go(() => stands(visit, kept.withdrawn ? "taken-back" : "in"))];
  }
  for (const [id, answer] of draftOf(visit.round, kept)) visit.answers.set(id, answer);
  visit.keeping = { shared: false, draft: kept.draft !== null };
  visit.loses = true;
  const drafted = visit.answers.size > 0 ? "and your draft" : "but no answers";
  return [`Your pass is in this browser, ${drafted}.`, go(visit.ways.form)];
}

function unconfirmed(visit: Visit, kept: Kept): [string, ...Child[]] {
  const { place } = visit.store;
  const after = afterChoice({ may: place !== "memory", does: place === "device" });
  const line = alertLine();
  const act = () => trying(visit, () => sendAgain(visit, kept, after.chosen()));
  const words = kept.withdrawn
    ? "Your wish to take your answers back was on its way when the page was left. It can be sent again."
    : "Your answers were on their way when the page was left. They can be sent again; they count once.";
  return [words, slowButton("Go on", "Sending…", act, line), after.fields, line];
}

async function sendAgain(visit: Visit, kept: Kept, after: After): Promise<void> {
  const came = await resend(visit.round, visit.store, { keep: after.device || after.file });
  if (came === "overtaken") stands(visit, "overtaken");
  else if (came === "sent") sent(visit, after, kept.withdrawn ? "taken-back" : "in");
  else location.reload(); // another tab has done it: begin with what is kept now
}

/** What was sent is confirmed. Only now, when no draft is left in it, may the pass move to the device. */
export function sent(visit: Visit, after: After, standing: Standing = "in"): void {
  const { store, hasFile } = visit;
  if (after.device) store.move("device");
  else if (after.file) store.move("memory");
  visit.place = visit.keeping.shared ? null : placeOffer(visit);
  if (visit.kept === null) visit.clear();
  visit.loses = after.file && !after.device && !hasFile;
  stands(visit, standing);
}

function stands(visit: Visit, standing: Standing): void {
  visit.trail.end(() => drawStands(visit, standing));
}

function drawStands(visit: Visit, standing: Standing): void {
  const { round, closes, kept, store, answers, exit, hasFile } = visit;
  showSent({
    bar: exit,
    more: [standing === "in" && visit.place, visit.support("section")],
    standing,
    closes,
    pass: kept && store.place,
    hasFile,
    blank: answers.size === 0,
    change: visit.ways.form,
    takeBack: () =>
      trying(visit, async () => {
        await takeBack(round, store, { keep: true });
        stands(visit, "taken-back");
      }),
    save: () => {
      save(visit);
      drawStands(visit, standing);
    },
    forget: () => {
      store.forget(round.id);
      visit.clear();
      stands(visit, standing);
    },
  });
}

function save(visit: Visit): void {
  const { kept, round } = visit; // read anew: another tab may have sent since
  if (kept === null) return;
  saveFile(`pass-${round.id.slice(0, 8)}.json`, passFile(kept));
  visit.hasFile = true;
  visit.loses = false;
}

/** The pass of a file: held in memory alone, whatever this computer is. */
export function openFile(visit: Visit, text: string, keeping: Keeping): Promise<string> {
  return trying(visit, async () => {
    const { round, store } = visit;
    const kept = await openPass(text, round);
    visit.keepAs(keeping);
    store.forget(round.id); // a ticket without a pass, of no more use
    store.move("memory");
    store.save(kept);
    visit.hasFile = true;
    stands(visit, "opened");
  });
}
