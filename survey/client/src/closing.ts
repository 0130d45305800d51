/** When a round is open: the manifest's dates, and the host's signed statement if there is one. */

import { signedBy } from "./browser.ts";
import { type Bytes, fromHex } from "./bytes.ts";
import { canonical } from "./canonical.ts";
import { ManifestMismatch, type Round } from "./manifest.ts";
import { browserNet, type Net, Refused, send } from "./send.ts";
import { isSignedStatement, type StatementDocument as Statement } from "./shape.ts";

export type { Statement };
export type Phase = "not-yet-open" | "open" | "closed" | "cancelled";

/** The host's last statement on this round, or null. Throws ManifestMismatch, Refused, Unreachable. */
export async function loadStatement(round: Round, net: Net = browserNet): Promise<Statement | null> {
  try {
    const url = `${round.manifest.services.intake.url}/v1/rounds/${round.id}/closing`;
    return await readStatement((await send({ method: "GET", url }, net)).body, round);
  } catch (error) {
    if (error instanceof Refused && error.problem === "no-statement") return null;
    throw error;
  }
}

/** Throws ManifestMismatch unless the statement is this round's and signed by its host. */
export async function readStatement(served: Bytes, round: Round): Promise<Statement> {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(served));
  } catch {
    // Told as what it is, below.
  }
  if (
    !isSignedStatement(document) ||
    document.statement.round !== round.id ||
    Date.parse(document.statement.closes) > Date.parse(round.manifest.closes_latest) ||
    !(await signedBy(round.hostKey, fromHex(document.signature), canonical(document.statement)))
  ) {
    throw new ManifestMismatch("signature");
  }
  return document.statement;
}

/** Until when responses are taken. */
export function closesAt(round: Round, statement: Statement | null): Date {
  return new Date(statement?.closes ?? round.manifest.closes);
}

/** Where the round is at `now`. */
export function phaseOf(round: Round, statement: Statement | null, now: Date): Phase {
  if (statement?.state === "cancelled") return "cancelled";
  if (statement?.state === "closed" || now >= closesAt(round, statement)) return "closed";
  return now >= new Date(round.manifest.opens) ? "open" : "not-yet-open";
}
