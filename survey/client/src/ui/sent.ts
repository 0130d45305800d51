/** After sending: what is certain, when results come, and what can still be changed from here. */

import type { Place } from "../store.ts";
import { actions, alertLine, button, card, type Child, el, paragraph, slowButton } from "./dom.ts";
import { inWords, show } from "./screen.ts";

/** Where she stands, as far as this page can know it. */
export type Standing = "in" | "taken-back" | "overtaken" | "opened";

export interface SentScreen {
  readonly bar: HTMLElement;
  /** Her place in an earlier round, and whom to turn to. */
  readonly more: readonly Child[];
  readonly standing: Standing;
  readonly closes: Date;
  /** Where the pass is, or null if it was deleted. */
  readonly pass: Place | null;
  readonly hasFile: boolean;
  /** Whether this page no longer knows the answers, so that changing them begins with an empty form. */
  readonly blank: boolean;
  readonly change: () => void;
  readonly takeBack: () => Promise<string>;
  readonly save: () => void;
  readonly forget: () => void;
}

const STANDS: Readonly<Record<Standing, readonly [title: string, says: string]>> = {
  in: [
    "Thank you. Your answers are in",
    "The intake has confirmed that it holds them, locked. They count once, and only the tally can open them.",
  ],
  "taken-back": ["Your answers are taken back", "They will not be counted. From outside nobody can tell this from a change."],
  overtaken: [
    "Something newer of yours is stored",
    "It was sent with the same pass from another tab or device, and it counts; what was on its way from here does not. If " +
      "you are not sure what the newer one says, change it now.",
  ],
  opened: [
    "Your pass is open",
    "With it you can change or take back what you have sent. This page cannot see what that was.",
  ],
};

export function showSent(screen: SentScreen): void {
  const [title, says] = STANDS[screen.standing];
  show(
    title,
    screen.bar,
    paragraph(says),
    whenAndWhere(screen),
    screen.pass
      ? stillKept(screen, screen.pass)
      : paragraph("The pass was deleted here. Without a file of it, or a copy of this tab, nobody can change this."),
    ...screen.more,
  );
}

export function showWasSent(contact: string, files: HTMLElement): void {
  show(
    "Your answers were sent from this browser",
    paragraph("They are in, and the pass is no longer here."),
    files,
    paragraph(`If it was not you, tell the society: ${contact}`),
    paragraph(el("a", { href: "./" }, "To the society's page")),
  );
}

function whenAndWhere({ closes }: SentScreen): HTMLElement {
  const results = el("a", { href: "./" }, "on the society's page");
  return paragraph(`The round is open until ${inWords(closes)}. When it has been counted, the results appear `, results, ".");
}

const WHERE: Readonly<Record<Place, string>> = {
  device: "Your pass is kept on this device, until this page is opened after the round. Whoever can open this browser can use it too.",
  tab: "Your pass is kept in this tab.",
  memory: "Your pass is in the memory of this page alone, and gone when you leave.",
};

function stillKept(screen: SentScreen, place: Place): Child {
  const error = alertLine();
  const unsaved = place === "memory" && !screen.hasFile;
  const takeBack = slowButton("Take my answers back", "Sending…", screen.takeBack, error, "");
  return card(
    "",
    "Until the round closes",
    paragraph(WHERE[place], unsaved && " Save it now."),
    screen.hasFile && paragraph("You have it as a file."),
    paragraph("A pass file holds no answer and no code, but whoever has it can change or take back answers."),
    screen.blank && paragraph("To change something, answer the form anew; that replaces the old answers."),
    error,
    actions(button("Change my answers", screen.change, screen.standing === "opened" ? "main" : ""),
      screen.standing !== "taken-back" && takeBack,
      button("Save my pass as a file", screen.save, unsaved ? "main" : ""),
      button("Delete the pass here", screen.forget),
    ),
  );
}
