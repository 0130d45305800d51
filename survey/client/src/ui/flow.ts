/** The way of one respondent: promise, code or mail, pages, review. What comes after sending is in afterwards.ts. */

import { askForMail, newMailRequest } from "../mail.ts";
import { deliver, enter, enterByMail, prepare, saveDraft } from "../respond.ts";
import { sentenceFor, stopFor } from "../sentences.ts";
import { ended, endedBy, found, openFile, sent, tooEarly, trying, wasSent } from "./afterwards.ts";
import { showEntry } from "./entry.ts";
import { type After, type Keeping } from "./keeping.ts";
import { showAddress, showDigits } from "./mailing.ts";
import { pageFrom, showPage } from "./pages.ts";
import { showPromise } from "./promise.ts";
import { showReview } from "./review.ts";
import { showError } from "./stops.ts";
import type { Visit } from "./visit.ts";

/** Begin where this person stands. */
export function start(visit: Visit): void {
  const { kept, isOver, phase, store, round, code } = visit;
  visit.ways = { promise: () => promise(visit), entry: () => entry(visit), form: () => page(visit, first(visit)) };
  if (isOver) ended(visit);
  else if (phase === "not-yet-open") tooEarly(visit);
  else if (kept !== null && (kept.token !== null || kept.code !== null)) found(visit, kept);
  else if (store.wasSent(round.id) && code === null) wasSent(visit);
  else promise(visit);
}

function promise(visit: Visit): void {
  visit.trail.show(() => drawPromise(visit));
}

function drawPromise(visit: Visit): void {
  const { round, closes, language, linked } = visit;
  const bar = visit.bar(() => drawPromise(visit));
  showPromise({ round, closes, language, bar, compare: !linked, goOn: () => entry(visit) });
}

function entry(visit: Visit): void {
  const { codes } = visit.round.manifest.eligibility;
  beforePass(visit, codes ? drawEntry : drawAddress);
}

/** A screen that leads to a pass; whoever comes back to it with one goes on to the form. */
function beforePass(visit: Visit, draw: (visit: Visit) => void): void {
  if (!foundAnother(visit)) {
    if (visit.kept?.token) page(visit, first(visit));
    else visit.trail.show(() => foundAnother(visit) || (visit.kept?.token ? drawPage(visit, first(visit)) : draw(visit)));
  }
}

/** Whether a pass lies here that this person has not yet said is hers; then she is asked. */
function foundAnother(visit: Visit): boolean {
  const { kept, hers } = visit;
  const asks = !hers && kept !== null && kept.token !== null;
  if (asks) found(visit, kept);
  return asks;
}

function drawEntry(visit: Visit): void {
  const { code, exit, keeping, round } = visit;
  showEntry({
    code,
    bar: exit,
    keeping,
    use: (typed, chosen) => useCode(visit, typed, chosen),
    mail: round.manifest.eligibility.mail && (() => beforePass(visit, drawAddress)),
    openFile: (text, chosen) => openFile(visit, text, chosen),
    back: () => promise(visit),
  });
}

function useCode(visit: Visit, code: string, keeping: Keeping): Promise<string> {
  visit.keepAs(keeping);
  const another = () => {
    visit.code = null;
    entry(visit);
  };
  return fetchPass(visit, () => enter(visit.round, code, visit.store), another, "Enter another code");
}

function drawAddress(visit: Visit): void {
  const { exit, keeping, round } = visit;
  const { mail } = round.manifest.eligibility;
  if (mail === null) return;
  showAddress({
    mail,
    bar: exit,
    keeping,
    ask: (address, chosen) => ask(visit, address, chosen),
    openFile: (text, chosen) => openFile(visit, text, chosen),
    back: () => promise(visit),
  });
}

/** The ticket is saved first, so that a reload at any moment after this costs another mail and nothing else. */
function ask(visit: Visit, address: string, keeping: Keeping): Promise<string> {
  visit.keepAs(keeping);
  return trying(visit, async () => {
    await prepare(visit.round, visit.store);
    await mail(visit, address);
    beforePass(visit, drawDigits);
  });
}

async function mail(visit: Visit, address: string): Promise<void> {
  const request = newMailRequest();
  await askForMail(visit.round, request, address);
  visit.mailed = { request, address };
}

function drawDigits(visit: Visit): void {
  const { mailed, round, store, exit } = visit;
  if (mailed === null) {
    drawAddress(visit);
    return;
  }
  const { address } = mailed;
  const other = () => beforePass(visit, drawAddress);
  const request = () => visit.mailed?.request ?? mailed.request; // "Send again" has drawn another
  showDigits({
    address,
    bar: exit,
    use: (digits) => fetchPass(visit, () => enterByMail(round, request(), digits, store), other, "Use another address"),
    again: () => trying(visit, () => mail(visit, address)),
    other,
  });
}

async function fetchPass(visit: Visit, get: () => Promise<unknown>, another: () => void, label: string): Promise<string> {
  if (foundAnother(visit)) return "";
  try {
    await get();
  } catch (error) {
    const stop = stopFor(error);
    if (stop === null) return sentenceFor(error);
    if (!endedBy(visit, error)) showError(error, visit.contact, another, stop.retry ? label : null);
    return "";
  }
  visit.code = visit.mailed = null;
  visit.loses = visit.hers = true;
  page(visit, first(visit));
  return "";
}

function first({ round, answers }: Visit): number {
  return pageFrom(round.manifest.form, answers, -1, 1);
}

function page(visit: Visit, index: number): void {
  const { form } = visit.round.manifest;
  if (index < 0) promise(visit);
  else if (index >= form.page.length) review(visit);
  else visit.trail.show(() => drawPage(visit, index));
}

function drawPage(visit: Visit, index: number): void {
  const { round, language, answers, unfinished } = visit;
  showPage({
    form: round.manifest.form,
    index,
    language,
    answers,
    unfinished,
    bar: visit.bar(() => drawPage(visit, index)),
    back: () => turn(visit, index, -1),
    next: () => turn(visit, index, 1),
  });
}

function turn(visit: Visit, from: number, step: 1 | -1): void {
  const { round, answers, keeping, store, kept } = visit;
  // Where another tab has deleted the pass in the meantime, sending says so.
  if (keeping.draft && kept !== null) saveDraft(round, answers, store);
  page(visit, pageFrom(round.manifest.form, answers, from, step));
}

/** Before she sends, the closing date is read anew: it may have been put off, or the round may be closed by now. */
function review(visit: Visit): void {
  visit.trail.show(() => drawReview(visit));
  void visit.readDates().then(() => visit.isOver && !visit.sending && ended(visit));
}

function drawReview(visit: Visit): void {
  const { round, language, answers, store, hasFile } = visit;
  const { form } = round.manifest;
  showReview({
    form,
    language,
    answers,
    bar: visit.bar(() => drawReview(visit)),
    onDevice: { may: store.place !== "memory", does: store.place === "device" },
    hasFile,
    edit: (index) => page(visit, index),
    back: () => page(visit, pageFrom(form, answers, form.page.length, -1)),
    send: (after) => send(visit, after),
  });
}

async function send(visit: Visit, after: After): Promise<string> {
  // Two attempts at once could end with the older answers on top.
  if (visit.sending) return "Your answers are still on their way; wait a moment.";
  visit.sending = true;
  const { round, answers, store } = visit;
  return trying(visit, async () => {
    try {
      await deliver(round, answers, store, { keep: after.device || after.file });
    } finally {
      visit.sending = false;
    }
    sent(visit, after);
  });
}
