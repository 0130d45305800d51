// One respondent in a real browser. She goes through any form: what she does follows from the kinds of controls she
// sees, not from their words, so a form or a sentence may change without anything here.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 60_000;
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A page in a new browser with an empty profile; `close` ends both. */
export async function freshPage({ client, chromium, viewport, scheme = "light", scale = 1 }) {
  const driver = createRequire(client)("playwright-core").chromium;
  const profile = mkdtempSync(join(tmpdir(), "subrosa-browser-"));
  const context = await driver.launchPersistentContext(profile, {
    executablePath: chromium,
    headless: true,
    viewport,
    deviceScaleFactor: scale,
    colorScheme: scheme,
    locale: "en-GB",
    args: QUIET,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE);
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, page, close };
}

export const questions = (page) => page.locator("[data-question]");
export const onward = (page) => page.locator("button.main").last();
export const sending = (page) => page.getByRole("button", { name: "Send my answers", exact: true });
export const tokenButton = (page) => page.getByRole("button", { name: "Use my code", exact: true });
export const thanks = (page) => page.getByRole("heading", { level: 1, name: /^Thank you/ });

/** The next screen, from the button that leads on. */
export async function goOn(page, button = onward(page)) {
  const heading = await page.locator("h1").elementHandle();
  await button.click();
  await heading.waitForElementState("hidden");
  await page.locator("h1").waitFor();
}

/** From the link to where the code is used up. */
export async function toTheCode(page, link) {
  await page.goto(link);
  await onward(page).waitFor();
  while (!(await tokenButton(page).isVisible())) await goOn(page);
}

/** From the first page of the form to the review; `onPage` is called on every filled page. */
export async function toTheReview(page, onPage = async () => {}) {
  while (!(await sending(page).isVisible())) {
    await fill(page);
    await onPage();
    await goOn(page);
  }
}

/** An answer to everything that is asked on this page, the same every time. */
async function fill(page) {
  const count = await questions(page).count();
  for (let index = 0; index < count; index++) {
    const frame = questions(page).nth(index);
    if (await frame.isVisible()) await answer(frame, index);
  }
}

async function answer(frame, index) {
  await oneOfEachGroup(frame, index);
  await someBoxes(frame);
  await everySelect(frame, index);
  for (const input of await frame.locator('input[type="text"]').all()) await input.fill("1,250");
}

async function oneOfEachGroup(frame, index) {
  const radios = await frame.locator('input[type="radio"]').all();
  const groups = new Map();
  for (const radio of radios) {
    const name = await radio.getAttribute("name");
    groups.set(name, [...(groups.get(name) ?? []), radio]);
  }
  let turn = index;
  // Not the last one, which may be "prefer not to say".
  for (const group of groups.values()) await group[++turn % Math.max(1, group.length - 1)].check();
}

async function someBoxes(frame) {
  for (const box of (await frame.locator('input[type="checkbox"]').all()).slice(0, 3)) {
    if (await box.isEnabled()) await box.check();
  }
}

/** A ranking, or rows of several choices; a box that is filled already (a unit) stays as it is. */
async function everySelect(frame, index) {
  const boxes = frame.locator("select");
  for (let place = 0; place < (await boxes.count()); place++) {
    const box = boxes.nth(place);
    if (!(await box.isVisible()) || !(await box.isEnabled()) || (await box.inputValue()) !== "") continue;
    const open = await box.locator("option:not([disabled])").evaluateAll((all) => all.map(({ value }) => value).filter(Boolean));
    await box.selectOption(open[(index + place) % open.length]);
  }
}
