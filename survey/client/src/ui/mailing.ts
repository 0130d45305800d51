/** A pass by mail: what an address gives away, the address, and the digits that come back. */

import { cleanDigits } from "../mail.ts";
import type { MailEligibility } from "../manifest.ts";
import { actions, alertLine, button, list, paragraph, slowButton, typedField } from "./dom.ts";
import { cap, whichAddresses } from "./eligible.ts";
import { type Keeping, keepingChoice } from "./keeping.ts";
import { passFileChoice } from "./passfiles.ts";
import { show } from "./screen.ts";

export interface AddressScreen {
  readonly mail: MailEligibility;
  readonly bar: HTMLElement;
  readonly keeping: Keeping;
  /** Has the mail sent; what it gives back is said in place. */
  readonly ask: (address: string, keeping: Keeping) => Promise<string>;
  readonly openFile: (text: string, keeping: Keeping) => Promise<string>;
  readonly back: () => void;
}

export function showAddress({ mail, bar, keeping, ask, openFile, back }: AddressScreen): void {
  const choice = keepingChoice(keeping);
  const error = alertLine();
  const go = slowButton("Send me the digits", "Asking the registrar…", tried, error);
  const typed = typedField("Mail address", { type: "email", autocomplete: "off" }, () => go.click());

  async function tried(): Promise<string> {
    const address = typed.input.value.trim();
    if (/^[^\s@]+@[^\s@]+$/.test(address)) return ask(address, choice.chosen());
    typed.input.focus();
    return "A mail address has one @ and no space. Check that nothing is missing.";
  }

  const domainToo = mail.per_domain === null ? "" : " and of its domain";
  show(
    "Your mail address",
    bar,
    paragraph("The registrar sends eight digits to it. With them it signs your pass, without seeing it."),
    list([
      `This round takes ${whichAddresses(mail)}.`,
      "An employer's mail system can see the mail. Rather than an address from work use a private one, if this round takes it.",
      `Each address gets one pass${cap(mail)}.`,
      `The registrar sees it while it sends the mail, and until the round closes keeps a scrambled form of it${domainToo}. This ` +
        "page does not keep it.",
    ]),
    typed.field,
    choice.fields,
    error,
    actions(button("Back", back), go),
    passFileChoice((text) => openFile(text, choice.chosen())),
  );
}

export interface DigitsScreen {
  readonly address: string;
  readonly bar: HTMLElement;
  /** Both give back what is said in place. */
  readonly use: (digits: string) => Promise<string>;
  readonly again: () => Promise<string>;
  readonly other: () => void;
}

export function showDigits({ address, bar, use, again, other }: DigitsScreen): void {
  const error = alertLine();
  const go = slowButton("Use the digits", "Asking the registrar…", tried, error);
  const resend = slowButton("Send again", "Asking the registrar…", again, error, "");
  const attributes = { class: "code", inputmode: "numeric", autocomplete: "one-time-code" };
  const typed = typedField("Eight digits", attributes, () => go.click());

  async function tried(): Promise<string> {
    const digits = cleanDigits(typed.input.value);
    if (digits !== null) return use(digits);
    typed.input.focus();
    return "The mail has eight digits. Check that none is missing.";
  }

  show(
    "The digits from your mail",
    bar,
    paragraph(
      `If this round takes ${address}, a mail arrives there in a few minutes. None comes if two were asked for in the last hour. ` +
        "Look among unwanted mail too. This page says so for every address.",
    ),
    paragraph("Keep this page open: the digits work here alone, and only those of the newest mail."),
    typed.field,
    error,
    actions(button("Other address", other), resend, go),
  );
}
