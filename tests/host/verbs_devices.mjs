// What leaves the page and comes back to it: files, mails, and whatever else the test does meanwhile.

import { readFileSync } from "node:fs";

export function deviceVerbs(here) {
  let saved = ""; // the last file that was saved
  let helped = null; // what the test gave last

  return {
    help: async (name) => {
      helped = await here().help(name);
    },
    fill_helped: (label) => here().page.getByLabel(label, { exact: true }).fill(helped),
    unfold: (title) => here().page.locator("summary", { hasText: title }).click(),
    save: async (name) => {
      const { page, seen } = here();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name, exact: true }).click(),
      ]);
      saved = readFileSync(await download.path(), "utf8");
      (seen.saved ??= []).push({ name: download.suggestedFilename(), text: saved });
    },
    /** Give the page a file: this text, or the last one that was saved. */
    choose: (text = saved) =>
      here()
        .page.locator("input[type=file]")
        .setInputFiles({ name: "pass.json", mimeType: "application/json", buffer: Buffer.from(text) }),
    /** What happens when a page is left and the browser may bring it back as it was. */
    hide_page: () =>
      here().page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }))),
    is_blank: () => here().page.waitForURL("about:blank"),
    /** What the page shows must hold this text, or must not. */
    shows: async (text, wanted = true) => {
      const words = await here().page.locator("main").innerText();
      if (words.includes(text) !== wanted) throw new Error(`the page ${wanted ? "lacks" : "has"}: ${text}`);
    },
  };
}
