// How a screen looks: axe on it, in every size and both schemes, and whether anything is cut off.

import { readFileSync } from "node:fs";

const PHONE = { width: 360, height: 740 };
// What axe says of boxes and not of elements: it is asked again wherever these lie otherwise.
const LAYOUT = ["target-size", "scrollable-region-focusable"];
// What axe says of colours: asked again in the other scheme. No width and no scheme hides or shows an element of a page,
// so all the rest is asked once.
const COLOURS = ["color-contrast", "link-in-text-block"];
// Colours depend on the scheme alone, and what fits on the width alone: so each scheme and each width, not each pair.
const VIEWS = {
  "light phone": { scheme: "light", size: PHONE },
  "dark desktop": { scheme: "dark", size: { width: 1280, height: 900 }, only: [...COLOURS, ...LAYOUT] },
  "1280 x 1024 at 200 %": { scheme: "light", size: { width: 640, height: 512 }, only: LAYOUT },
  "1280 x 1024 at 400 %": { scheme: "light", size: { width: 320, height: 256 }, only: LAYOUT },
  "phone, text at 200 %": { scheme: "light", size: PHONE, text: "200%", only: LAYOUT },
};
const RULES = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  rules: { "target-size": { enabled: true } }, // axe leaves it out unless it is asked for
  resultTypes: ["violations"],
};

/** What lies outside the window, or in a box that hides what does not fit: text that a reader cannot get at. */
function cutOff() {
  const meant = ".hidden, .skip:not(:focus), .scroll, .meter, noscript";
  const width = document.documentElement.clientWidth;
  const found = [];
  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.data.trim() === "" || node.parentElement.closest(`${meant}, select, script`)) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.left < -0.5 || box.right > width + 0.5) found.push(`outside: ${node.data.slice(0, 40)}`);
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    const hides = getComputedStyle(element).overflow !== "visible" && !element.matches("input, select, progress");
    const over = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
    if (hides && over && !element.closest(meant)) found.push(`hidden: ${element.outerHTML.slice(0, 60)}`);
  }
  return found;
}

export function lookVerbs(here) {
  /** Axe stays in a page until another is loaded: putting it there takes as long as asking it. */
  async function bringAxe() {
    const { page, plan } = here();
    if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(readFileSync(plan.axe, "utf8"));
  }

  async function violations(only) {
    const { page } = here();
    await bringAxe();
    const rules = only ? { ...RULES, runOnly: { type: "rule", values: only } } : RULES;
    return page.evaluate(async (rules) => {
      const { violations, passes, inapplicable } = await axe.run(rules);
      const sizes = [...violations, ...passes, ...inapplicable].some(({ id }) => id === "target-size");
      const lines = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(" ")}`);
      return sizes ? lines : [...lines, "axe has not looked at target sizes"];
    }, rules);
  }

  return {
    /** What axe says of this screen as it is, told with what the browser complains of. */
    axe: async () => {
      const { page, seen } = here();
      await bringAxe();
      const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
      seen.console.push(...violations.map((v) => `axe: ${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`));
    },
    /** This screen in every size, both schemes, and with larger text; then as it was. */
    look: async (kind) => {
      const { page, plan, seen } = here();
      for (const [view, { scheme, size, text, only }] of Object.entries(VIEWS)) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize(size);
        await page.evaluate((large) => void (document.documentElement.style.fontSize = large), text ?? "");
        const found = [...(await violations(only)), ...(await page.evaluate(cutOff))];
        (seen.looks ??= []).push({ kind, view, found });
      }
      await page.evaluate(() => void (document.documentElement.style.fontSize = ""));
      await page.emulateMedia({ colorScheme: plan.scheme });
      await page.setViewportSize(plan.viewport);
    },
    /** Whatever is shown again by a <use> looks as it does where it stands first, in both schemes and in print. */
    repeats_alike: async () => {
      const { page, seen } = here();
      seen.repeats = [];
      for (const media of [{ colorScheme: "light" }, { colorScheme: "dark" }, { colorScheme: "light", media: "print" }]) {
        await page.emulateMedia(media);
        for (const use of await page.locator("use").all()) {
          const name = await use.getAttribute("href");
          const [first, again] = [await page.locator(name).screenshot(), await use.screenshot()];
          seen.repeats.push({ name, ...media, alike: first.equals(again) });
        }
      }
      await page.emulateMedia({ colorScheme: here().plan.scheme, media: null });
    },
    /** This screen as it would be printed, on this paper. */
    prints: (format, path) => here().page.pdf({ path, format }),
    unfold_all: async () => {
      const closed = here().page.locator("details:not([open]) > summary");
      while ((await closed.count()) > 0) await closed.first().click();
    },
    text: async () => {
      const { page, seen } = here();
      (seen.texts ??= []).push(await page.locator("body").innerText());
    },
    /** Nothing in this page is such an element. */
    holds_no: async (selector) => {
      const count = await here().page.locator(selector).count();
      if (count > 0) throw new Error(`there are ${count} of ${selector}`);
    },
    /** What does not fit the window, without axe: it works where no script runs, too. */
    fits: async () => {
      const { page, seen } = here();
      (seen.unfit ??= []).push(...(await page.evaluate(cutOff)));
    },
  };
}
