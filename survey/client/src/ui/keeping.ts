/** What this browser may keep: while somebody answers, and after sending. */

import { checkbox, el, paragraph } from "./dom.ts";

export interface Keeping {
  readonly shared: boolean;
  readonly draft: boolean;
}

export const NOTHING: Keeping = { shared: false, draft: false };

/** Asked before a pass is fetched. */
export function keepingChoice(before: Keeping): { fields: HTMLElement; chosen: () => Keeping } {
  const shared = checkbox("This is a shared computer", before.shared);
  const draft = checkbox("Keep a draft in this tab while I answer", before.draft);

  function exclude(): void {
    draft.input.disabled = shared.input.checked;
    if (shared.input.checked) draft.input.checked = false;
  }

  shared.input.addEventListener("change", exclude);
  exclude();
  const fields = el(
    "fieldset",
    { class: "question" },
    el("legend", {}, "What this browser may keep"),
    el(
      "div",
      {},
      shared.field,
      paragraph(
        "Then this page keeps nothing: if you close or reload it before sending, your pass is lost. The browser's own history " +
          "keeps a link you opened: use a private window.",
      ),
      draft.field,
      paragraph(
        "Otherwise your answers stay in memory, and this tab keeps only the pass until you have sent. A browser that brings " +
          "back closed tabs brings that back too, and a disk may hold what was deleted for a while.",
      ),
    ),
  );
  return { fields, chosen: () => ({ shared: shared.input.checked, draft: draft.input.checked }) };
}

/** What becomes of the pass once the answers are in; neither: it is deleted. */
export interface After {
  readonly device: boolean;
  readonly file: boolean;
}

/** Asked before sending. `onDevice`: whether this browser may keep it, and whether it does so already. */
export function afterChoice(onDevice: { may: boolean; does: boolean }): { fields: HTMLElement; chosen: () => After } {
  const until = "so that I can change or take back my answers until the round closes";
  const device = checkbox(`Keep my pass on this device, ${until}`, onDevice.does);
  const file = checkbox("Let me save my pass as a file instead");
  const fields = el(
    "div",
    {},
    onDevice.may && device.field,
    file.field,
    paragraph("Otherwise the pass is deleted after sending, and nobody can change these answers."),
  );
  return { fields, chosen: () => ({ device: device.input.checked, file: file.input.checked }) };
}
