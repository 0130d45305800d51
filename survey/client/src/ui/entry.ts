/** The code: fetching the pass, before any question, so that its time says nothing about when answers are sent. */

import { cleanCode, whyNoCode } from "../invitation.ts";
import { actions, alertLine, button, paragraph, slowButton, typedField } from "./dom.ts";
import { type Keeping, keepingChoice } from "./keeping.ts";
import { passFileChoice } from "./passfiles.ts";
import { show } from "./screen.ts";

export interface EntryScreen {
  readonly code: string | null;
  readonly bar: HTMLElement;
  readonly keeping: Keeping;
  /** Fetches the pass; what it gives back is said in place. */
  readonly use: (code: string, keeping: Keeping) => Promise<string>;
  /** Where a mail address will do as well. */
  readonly mail: (() => void) | null;
  readonly openFile: (text: string, keeping: Keeping) => Promise<string>;
  readonly back: () => void;
}

export function showEntry(screen: EntryScreen): void {
  const { code, mail } = screen;
  const keeping = keepingChoice(screen.keeping);
  const error = alertLine();
  const go = slowButton("Use my code", "Asking the registrar…", tried, error);
  const typed = typedField("Code", { class: "code", autocomplete: "off" }, () => go.click());

  async function tried(): Promise<string> {
    const given = code ?? typed.input.value;
    const clean = cleanCode(given);
    if (clean !== null) return screen.use(clean, keeping.chosen());
    typed.input.focus();
    return whyNoCode(given);
  }

  show(
    "Your code",
    screen.bar,
    code === null
      ? paragraph("Type the code from your invitation. Capitals, spaces and hyphens do not matter.")
      : paragraph("Your invitation link has brought your code along. It was taken out of the address bar."),
    code === null && typed.field,
    mail && paragraph("No code? ", button("Use my mail address", mail, "plain")),
    paragraph(
      "The registrar now learns that this code was used, and signs a pass unseen. A code works once: go on in this browser.",
    ),
    keeping.fields,
    error,
    actions(button("Back", screen.back), go),
    passFileChoice((text) => screen.openFile(text, keeping.chosen())),
  );
}
