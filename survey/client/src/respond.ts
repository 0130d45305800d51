/**
 * One respondent's way through a round, in the order that loses nothing: each step is saved before the request that
 * could fail, so every function here can simply be called again.
 */

import { type Bytes } from "./bytes.ts";
import { encode, InvalidAnswer, recordLength } from "./codec.ts";
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

/** There is no token here: `enter` comes first, or it was deleted in another tab. */
export class NoToken extends Error {}

type Holder = Kept & { readonly token: Token };

const MOST_STEPS = 8;

/**
 * Spend the code, or go on with what is kept of this round: a ticket (a reply was lost) or a token.
 * A kept token is returned whatever the code says: where several people use one device, ask first.
 * Throws Refused, Unreachable, BadSignature.
 */
export function enter(round: Round, code: string, store: Store, net: Net = browserNet): Promise<Kept> {
  return spend(round, `Bearer ${code}`, code, store, net);
}

/** The same with the digits of a mail. They are not kept: after a reload another mail leads on with the same ticket. */
export function enterByMail(
  round: Round,
  request: string,
  digits: string,
  store: Store,
  net: Net = browserNet,
): Promise<Kept> {
  return spend(round, `MailCode ${request}:${digits}`, null, store, net);
}

/** Make and save the ticket, before anything is asked of the registrar. */
export async function prepare(round: Round, store: Store): Promise<void> {
  if (store.load(round.id) === null) store.save(await fresh(round));
}

async function spend(round: Round, by: string, code: string | null, store: Store, net: Net): Promise<Kept> {
  const found = store.load(round.id);
  if (found?.token) return found;
  const waiting: Kept = { ...(found ?? (await fresh(round))), code };
  store.save(waiting);
  try {
    const token = await requestToken(round, waiting.ticket, by, net);
    // What was blinded has served its purpose, and would tie the pass to the registrar's list.
    const ticket = { secret: waiting.ticket.secret, inverse: new Uint8Array(256), blinded: new Uint8Array(256) };
    const kept: Kept = { ...waiting, ticket, code: null, token };
    store.save(kept);
    return kept;
  } catch (error) {
    // A refused code is not kept; the ticket is, because another code may be bound to it already.
    if (error instanceof Refused) store.save({ ...waiting, code: null });
    throw error;
  }
}

async function fresh(round: Round): Promise<Kept> {
  const ticket = await newTicket(round);
  const nothing = { code: null, token: null, revision: 0, sealed: null, sent: false, withdrawn: false, draft: null };
  return { roundId: round.id, ticket, ...nothing };
}

/** Keep what was answered so far. Throws NoToken. */
export function saveDraft(round: Round, answers: Answers, store: Store): void {
  const kept = store.load(round.id);
  if (kept === null) throw new NoToken();
  store.save({ ...kept, draft: [...onlyAsked(round.manifest.form, answers)] });
}

/** The answers of a kept draft; none if there is none, or if one of them is not in the form. */
export function draftOf(round: Round, kept: Kept): Map<string, Answer> {
  try {
    const answers = new Map(kept.draft);
    encode(round.manifest.form, answers);
    return answers;
  } catch (error) {
    if (error instanceof InvalidAnswer || error instanceof TypeError) return new Map();
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
  return alone(round, () => hand(round, ANSWERS, recordOf(round, answers), store, after, net));
}

/** Take the answers back: from outside, a response like any other. */
export function takeBack(round: Round, store: Store, after: After, net: Net = browserNet): Promise<Kept> {
  return alone(round, () => hand(round, WITHDRAWN, new Uint8Array(recordLength(round.manifest.form)), store, after, net));
}

/**
 * After a reload in the middle of sending: the same bytes again. "overtaken": something else of this person is stored
 * under the same or a higher revision, from another tab or another copy of the pass; that one counts, what was on its way
 * is dropped (nobody can seal it anew: its answers are gone), and the pass stays, so that she can say it again.
 * Null if nothing was on its way any more.
 */
export function resend(round: Round, store: Store, after: After, net: Net = browserNet): Promise<Resent> {
  return alone(round, async () => {
    const kept = store.load(round.id);
    if (!kept?.token || kept.sealed === null || kept.sent) return null;
    try {
      await submit(round, kept.token, kept.revision, kept.sealed, net);
    } catch (error) {
      if (!isInTheWay(error)) throw error;
      store.save({ ...kept, sealed: null, sent: true, withdrawn: false, draft: null });
      return "overtaken";
    }
    finish(kept, store, after);
    return "sent";
  });
}

export type Resent = "sent" | "overtaken" | null;

/**
 * One tab at a time: two tabs that share a pass would outbid each other, and the second could bring back a pass that the
 * first has just deleted. Where a browser has no locks, higher revisions alone keep it to one response that counts.
 */
async function alone<T>(round: Round, work: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
  let begun = false;
  const once = () => {
    begun = true;
    return work();
  };
  try {
    if (locks !== undefined) return (await locks.request(`subrosa/${round.id}`, once)) as T;
  } catch (error) {
    // A browser that is told to keep nothing refuses the lock; what happens under one is not tried a second time.
    if (begun) throw error;
  }
  return work();
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
    kept = { ...kept, revision, sealed, sent: false, withdrawn: status === WITHDRAWN };
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
    if (isInTheWay(error) && step < 2 ** MOST_STEPS) return false;
    throw error;
  }
}

function isInTheWay(error: unknown): boolean {
  return error instanceof Refused && (error.problem === "older-revision" || error.problem === "revision-taken");
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
