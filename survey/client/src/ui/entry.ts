/** The code: fetching the pass, before any question, so that its time says nothing about when answers are sent. */

import { cleanCode } from "../invitation.ts";
import { button, el, freshId, paragraph } from "./dom.ts";
import { show } from "./screen.ts";

export interface Keeping {
  readonly shared: boolean;
  readonly draft: boolean;
}

export interface EntryScreen {
  readonly code: string | null;
  /** Fetches the pass; what it gives back is said in place. */
  readonly use: (code: string, keeping: Keeping) => Promise<string>;
  readonly back: () => void;
}

export function showEntry({ code, use, back }: EntryScreen): void {
  const typed = codeField(code);
  const [shared, draft] = [checkbox("This is a shared computer"), checkbox("Keep a draft in this tab while I answer")];
  const error = el("p", { class: "error", role: "alert" });
  const go = button("Use my code", () => void tried(), "main");

  async function tried(): Promise<void> {
    const clean = cleanCode(code ?? typed.input.value);
    if (clean === null) {
      error.textContent = "A code has 26 letters and digits. Check that none is missing.";
      typed.input.focus();
      return;
    }
    go.disabled = true;
    go.textContent = "Asking the registrar…";
    error.textContent = await use(clean, { shared: shared.input.checked, draft: draft.input.checked });
    go.disabled = false;
    go.textContent = "Use my code";
  }

  shared.input.addEventListener("change", () => {
    draft.input.disabled = shared.input.checked;
    if (shared.input.checked) draft.input.checked = false;
  });
  show(
    "Your code",
    code === null
      ? paragraph("Type the code from your invitation. Capitals, spaces and hyphens do not matter.")
      : paragraph("Your invitation link has brought your code along. It was taken out of the address bar."),
    code === null && typed.field,
    paragraph(
      "The registrar now learns that this code was used, and signs a pass without seeing it. From then on nobody can tell " +
        "from a pass whose it is. A code works once, so go on in this browser.",
    ),
    el(
      "fieldset",
      { class: "question" },
      el("legend", {}, "What this browser may keep"),
      el(
        "div",
        {},
        shared.field,
        paragraph("Then this page keeps nothing. If you close or reload it before sending, your code is lost. A link you opened stays in the browser's own history: use a private window."),
        draft.field,
        paragraph("Otherwise only the pass is kept, until this tab is closed, and your answers stay in memory."),
      ),
    ),
    error,
    el("div", { class: "actions" }, button("Back", back), go),
  );
}

function codeField(code: string | null): { field: HTMLElement; input: HTMLInputElement } {
  const id = freshId();
  const input = el("input", { id, type: "text", class: "code", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  input.value = code ?? "";
  return { field: el("div", { class: "field" }, el("label", { for: id }, "Code"), input), input };
}

export function checkbox(label: string): { field: HTMLElement; input: HTMLInputElement } {
  const input = el("input", { type: "checkbox" });
  return { field: el("label", { class: "option" }, input, el("span", {}, label)), input };
}
