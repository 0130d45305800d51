/**
 * A pass as a small file that a person keeps: what is needed to change or take back answers, and nothing else. It holds
 * no answer, no code, and not the blinded message, by which the registrar could tell whose code the pass came from.
 */

import { base64url, fromBase64url } from "./bytes.ts";
import type { Round } from "./manifest.ts";
import type { Kept } from "./store.ts";
import { fits } from "./token.ts";

/** What was chosen is no pass file of this round. */
export class PassFileFault extends Error {
  /** Whether it is one of another round. */
  readonly otherRound: boolean;

  constructor(otherRound: boolean) {
    super();
    this.otherRound = otherRound;
  }
}

const FORMAT = "subrosa/pass/v1";

export function passFile({ roundId, ticket, token, revision }: Kept): string {
  const [k, pass] = [ticket.secret, token ?? ticket.secret].map(base64url);
  return `${JSON.stringify({ format: FORMAT, round: roundId, secret: k, token: pass, revision })}\n`;
}

/**
 * What a pass file holds, once the registrar's signature was found to be good: so it is whole. The revision is not
 * signed; where it is wrong, sending finds a higher one. Throws PassFileFault.
 */
export async function openPass(text: string, round: Round): Promise<Kept> {
  const kept = read(text);
  if (kept === null) throw new PassFileFault(false);
  if (kept.roundId !== round.id) throw new PassFileFault(true);
  if (!(await fits(round, kept.ticket.secret, kept.token))) throw new PassFileFault(false);
  return kept;
}

function read(text: string) {
  try {
    const { format, round, secret, token, revision } = JSON.parse(text) as Record<string, unknown>;
    const [k, pass] = [fromBase64url(String(secret)), fromBase64url(String(token))];
    const whole = /^[0-9a-f]{64}$/.test(String(round)) && k.length === 32 && pass.length === 354;
    if (format !== FORMAT || !whole || !Number.isInteger(revision) || Number(revision) < 1) return null;
    // What was blinded has served its purpose once there is a token.
    const ticket = { secret: k, inverse: new Uint8Array(256), blinded: new Uint8Array(256) };
    const rest = { code: null, sealed: null, sent: true, withdrawn: false, draft: null };
    return { roundId: String(round), ticket, token: pass, revision: Number(revision), ...rest };
  } catch {
    return null;
  }
}
