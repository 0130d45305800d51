/** The pass as a file: saved for later, and opened again. It is read on the device, and goes nowhere. */

import { alertLine, el, fold, freshId } from "./dom.ts";

const MOST_BYTES = 10_000;

/** Hand a text to the browser as a download. */
export function saveFile(name: string, content: string): void {
  const href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // some browsers read it only after asking where to
}

/** "I have saved a pass file"; what opening gives back is said in place. */
export function passFileChoice(open: (text: string) => Promise<string>): HTMLElement {
  const [id, error] = [freshId(), alertLine()];
  const input = el("input", { id, type: "file", accept: ".json", onchange: () => void chosen() });

  async function chosen(): Promise<void> {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    error.textContent = await open(file.size > MOST_BYTES ? "" : await file.text());
    input.value = "";
  }

  const label = el("label", { for: id }, "It is read on your device, and kept in the memory of this page alone.");
  return fold("I have saved a pass file", el("div", { class: "field" }, label, input), error);
}
