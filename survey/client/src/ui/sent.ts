/** After sending: what is certain, when results come, and what can still be changed from here. */

import type { Round } from "../manifest.ts";
import { button, type Child, el, paragraph } from "./dom.ts";
import { inWords, show } from "./screen.ts";

export interface SentScreen {
  readonly round: Round;
  readonly closes: Date;
  readonly kept: boolean;
  readonly change: () => void;
  readonly takeBack: () => Promise<string>;
  readonly forget: () => void;
}

export function showSent(screen: SentScreen): void {
  show(
    "Thank you. Your answers are in",
    paragraph("The intake has confirmed that it holds them, locked. They count once, and only the tally can open them."),
    whenAndWhere(screen),
    screen.kept
      ? stillKept(screen)
      : paragraph("The pass was deleted from this browser. From here nobody, not even you, can change these answers any more."),
  );
}

export function showTakenBack({ closes }: SentScreen): void {
  show(
    "Your answers are taken back",
    paragraph("They will not be counted. From outside nobody can tell this from a change."),
    paragraph(`Open the page again in this browser before ${inWords(closes)} if you want to answer after all.`),
  );
}

export function showWasSent(contact: string): void {
  show(
    "Your answers were sent from this browser",
    paragraph("They are in, and the pass was deleted here after sending, as you had chosen. There is nothing left to do."),
    paragraph(`If it was not you, tell the society: ${contact}`),
    paragraph(el("a", { href: "./" }, "To the society's page")),
  );
}

function whenAndWhere({ closes }: SentScreen): HTMLElement {
  const results = el("a", { href: "./" }, "on the society's page");
  return paragraph(`The round is open until ${inWords(closes)}. When it has been counted, the results appear `, results, ".");
}

function stillKept(screen: SentScreen): Child {
  const error = el("p", { class: "error", role: "alert" });
  const takeBack = button("Take my answers back", () => {
    takeBack.disabled = true;
    void screen.takeBack().then((said) => {
      error.textContent = said;
      takeBack.disabled = false;
    });
  });
  return el(
    "section",
    { class: "card" },
    el("h2", {}, "Until the round closes"),
    paragraph("Your pass is kept on this device. Whoever can open this browser can use it too."),
    error,
    el(
      "div",
      { class: "actions" },
      button("Change my answers", screen.change),
      takeBack,
      button("Delete the pass here", screen.forget),
    ),
  );
}
