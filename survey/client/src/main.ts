/** The page begins: the code out of the address bar, then what the browser can do, then the signed promise. */

import "./libraries.ts";
import { BrowserLacks, lacking } from "./browser.ts";
import { loadStatement, type Phase } from "./closing.ts";
import { type Invitation, readInvitation } from "./invitation.ts";
import { loadManifest } from "./manifest.ts";
import type { Earlier } from "./place.ts";
import { type Kept, Store } from "./store.ts";
import { el, paragraph } from "./ui/dom.ts";
import { start } from "./ui/flow.ts";
import { dayInWords, show } from "./ui/screen.ts";
import { showEnded, showError, showNamedStop } from "./ui/stops.ts";
import { Visit } from "./ui/visit.ts";

interface Listed {
  readonly registrar: string;
  readonly intake: string;
  readonly title: string;
  readonly phase: Phase;
  readonly closes: string;
  /** Whether its results are published on this site. */
  readonly released?: true;
  readonly earlier?: Earlier;
}

type Rounds = Readonly<Record<string, Listed>>;

const place = document.getElementById("app");
const contact = place?.dataset["contact"] ?? "";

/**
 * The invitation, taken out of the address bar before anything else happens. What the browser has written to its own
 * history by then, no script can erase; the page says so where it matters.
 */
function takeInvitation(): Invitation | null {
  const invitation = readInvitation(location.hash);
  if (location.hash !== "") history.replaceState(null, "", location.pathname);
  return invitation;
}

async function begin(invitation: Invitation | null): Promise<void> {
  const missing = await lacking();
  if (missing !== null) throw new BrowserLacks(missing);
  const rounds = JSON.parse(place?.dataset["rounds"] ?? "{}") as Rounds;
  const roundId = invitation?.roundId ?? onlyOneWith(rounds);
  const kept = roundId === null ? null : new Store().load(roundId);
  new Store().tidy((id) => (Object.hasOwn(rounds, id) ? rounds[id]?.phase : undefined));
  if (roundId === null) showRounds(rounds);
  else await open(rounds, roundId, invitation, kept);
}

async function open(rounds: Rounds, roundId: string, invitation: Invitation | null, kept: Kept | null): Promise<void> {
  const listed = Object.hasOwn(rounds, roundId) ? rounds[roundId] : undefined;
  if (listed === undefined) showNamedStop("unknown-round", contact);
  // The page may not even ask the services of a round that has ended.
  else if (listed.phase === "closed" || listed.phase === "cancelled") showEnded(listed.phase, contact, kept, listed.released && results(roundId));
  else {
    const round = await loadManifest([listed.registrar, listed.intake], roundId);
    const statement = await loadStatement(round);
    start(new Visit(round, statement, invitation?.code ?? null, listed.earlier));
  }
}

function results(roundId: string): HTMLElement {
  return paragraph(el("a", { href: `releases/${roundId}/index.html` }, "See the results of this round"), ".");
}

/** After a reload there is no link any more: the round of which something lies in this browser, or the only open one. */
function onlyOneWith(rounds: Rounds): string | null {
  const store = new Store();
  const open = Object.keys(rounds).filter((id) => rounds[id]?.phase === "open");
  const begun = Object.keys(rounds).filter((id) => store.load(id) !== null || (open.includes(id) && store.wasSent(id)));
  if (begun.length === 1) return begun[0] ?? null;
  return open.length === 1 ? (open[0] ?? null) : null;
}

function showRounds(rounds: Rounds): void {
  const open = Object.entries(rounds).filter(([, listed]) => listed.phase === "open");
  if (open.length === 0) {
    show("No round is open", paragraph("Open the link of your invitation again, or look at ", el("a", { href: "./" }, "the society's page"), "."));
    return;
  }
  const links = open.map(([id, listed]) => {
    const day = dayInWords(listed.closes);
    const alike = open.some(([other, { title, closes }]) => other !== id && title === listed.title && dayInWords(closes) === day);
    const number = alike && `, number ${id.slice(0, 8)}…`;
    return el("li", {}, el("a", { href: `#${id}` }, listed.title), ` (open until ${day}`, number, ")");
  });
  show("Which round?", paragraph("Choose the one of your invitation:"), el("ul", {}, ...links));
}

function run(invitation: Invitation | null): void {
  begin(invitation).catch((error: unknown) => showError(error, contact, () => run(invitation)));
}

// A link that is opened in a tab with this page only changes the fragment: begin again, with what the link says.
// "Skip to the content" changes it too, and must not lose what was answered.
addEventListener("hashchange", () => !["", "#main"].includes(location.hash) && location.reload());
run(takeInvitation());
