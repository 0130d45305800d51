/**
 * One respondent's way through a round, in the order that loses nothing: each step is saved before the request that
 * could fail, so every function here can simply be called again.
 */

import { type Bytes } from "./bytes.ts";
import { decode, encode, InvalidRecord, recordLength } from "./codec.ts";
import { type Answer, type Answers, onlyAsked } from "./form.ts";
import type { Round } from "./manifest.ts";
import { ANSWERS, seal, type Status, WITHDRAWN } from "./seal.ts";
import { browserNet, type Net, Refused, submit } from "./send.ts";
import type { Kept, Store } from "./store.ts";
import { newTicket, requestToken, type Token } from "./token.ts";

export interface After {
  /** Whether the token stays on this device, so that the answers can be changed until the round closes. */
  readonly keep: boolean;
}

/** There is no token here: `enter` comes first. */
export class NoToken extends Error {
  constructor() {
    super("There is no token of this round here; enter your code again.");
  }
}

type Holder = Kept & { readonly token: Token };

const MOST_STEPS = 8;

/**
 * Spend the code, or go on with what is kept of this round: a ticket (a reply was lost) or a token.
 * A kept token is returned whatever the code says: where several people use one device, ask first.
 * Throws Refused, Unreachable, BadSignature.
 */
export async function enter(round: Round, code: string, store: Store, net: Net = browserNet): Promise<Kept> {
  const found = store.load(round.id);
  if (found?.token) return found;
  const waiting: Kept = found ? { ...found, code } : await fresh(round, code);
  store.save(waiting);
  try {
    const token = await requestToken(round, waiting.ticket, code, net);
    const kept: Kept = { ...waiting, code: null, token };
    store.save(kept);
    return kept;
  } catch (error) {
    // A refused code is not kept; the ticket is, because another code may be bound to it already.
    if (error instanceof Refused) store.save({ ...waiting, code: null });
    throw error;
  }
}

async function fresh(round: Round, code: string): Promise<Kept> {
  const ticket = await newTicket(round);
  return { roundId: round.id, code, ticket, token: null, revision: 0, sealed: null, sent: false, draft: null };
}

/** Keep what was answered so far, as a record. Throws InvalidAnswer, NoToken. */
export function saveDraft(round: Round, answers: Answers, store: Store): void {
  const kept = store.load(round.id);
  if (kept === null) throw new NoToken();
  store.save({ ...kept, draft: recordOf(round, answers) });
}

/** The answers of a kept draft; none if there is none. */
export function draftOf(round: Round, kept: Kept): Map<string, Answer> {
  try {
    return kept.draft === null ? new Map() : decode(round.manifest.form, kept.draft);
  } catch (error) {
    if (error instanceof InvalidRecord) return new Map();
    throw error;
  }
}

/** Send the answers, as a change if some were sent before. Throws InvalidAnswer, NoToken, Refused, Unreachable. */
export function deliver(
  round: Round,
  answers: Answers,
  store: Store,
  after: After,
  net: Net = browserNet,
): Promise<Kept> {
  return hand(round, ANSWERS, recordOf(round, answers), store, after, net);
}

/** Take the answers back: from outside, a response like any other. */
export function takeBack(round: Round, store: Store, after: After, net: Net = browserNet): Promise<Kept> {
  return hand(round, WITHDRAWN, new Uint8Array(recordLength(round.manifest.form)), store, after, net);
}

/** After a reload in the middle of sending: the same bytes again. Null if nothing was on its way. */
export async function resend(round: Round, store: Store, after: After, net: Net = browserNet): Promise<Kept | null> {
  const kept = store.load(round.id);
  if (!kept?.token || kept.sealed === null || kept.sent) return null;
  try {
    await submit(round, kept.token, kept.revision, kept.sealed, net);
  } catch (error) {
    // A newer one from this person is stored already; then this one has nothing left to do.
    if (!(error instanceof Refused && error.problem === "older-revision")) throw error;
  }
  return finish(kept, store, after);
}

function recordOf(round: Round, answers: Answers): Uint8Array {
  return encode(round.manifest.form, onlyAsked(round.manifest.form, answers));
}

/** Seal and send under a revision that is higher than any stored one; what the person said last counts. */
async function hand(
  round: Round,
  status: Status,
  record: Uint8Array,
  store: Store,
  after: After,
  net: Net,
): Promise<Kept> {
  let kept = holder(round, store);
  for (let step = 1; ; step *= 2) {
    const revision = kept.revision + step;
    const sealed = await seal(round, kept.ticket.secret, revision, status, record);
    kept = { ...kept, revision, sealed, sent: false };
    store.save(kept);
    if (await accepted(round, kept, sealed, net, step)) return finish(kept, store, after);
  }
}

/** False: another revision is in the way, and a higher one may be tried. */
async function accepted(round: Round, kept: Holder, sealed: Bytes, net: Net, step: number): Promise<boolean> {
  try {
    await submit(round, kept.token, kept.revision, sealed, net);
    return true;
  } catch (error) {
    const inTheWay =
      error instanceof Refused && (error.problem === "older-revision" || error.problem === "revision-taken");
    if (inTheWay && step < 2 ** MOST_STEPS) return false;
    throw error;
  }
}

function holder(round: Round, store: Store): Holder {
  const kept = store.load(round.id);
  if (!kept?.token) throw new NoToken();
  return { ...kept, token: kept.token };
}

function finish(kept: Kept, store: Store, after: After): Kept {
  const done: Kept = { ...kept, sealed: null, sent: true, draft: null };
  if (after.keep) store.save(done);
  else store.forget(kept.roundId);
  store.markSent(kept.roundId);
  return done;
}
