// Pictures of the main pages, from one respondent's way through a round. Reads {site, link, folder, prefix, wanted,
// questions, viewport, …} on standard input; writes the names of the files on standard output.
//
// wanted: which pages to take; questions: the ids of questions that get a picture of their own, by its name.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshPage, goOn, sending, tokenButton, toTheCode, toTheReview } from "./respondent.mjs";
import { smallPng } from "./small_png.mjs";

const plan = JSON.parse(readFileSync(0, "utf8"));
const { context, page, close } = await freshPage(plan);
const written = [];

async function shot(name, place = null) {
  if (!plan.wanted.includes(name)) return;
  await page.evaluate(() => document.activeElement?.blur());
  const top = (element) => element.scrollIntoView({ block: "start", behavior: "instant" });
  await (place === null ? page.locator("html") : place).evaluate(top);
  const studio = await context.newPage();
  const picture = await smallPng(studio, await page.screenshot({ animations: "disabled" }));
  await studio.close();
  const file = `${plan.prefix}${name}.png`;
  writeFileSync(join(plan.folder, file), picture);
  written.push(file);
}

async function shotsOfQuestions() {
  for (const [name, id] of Object.entries(plan.questions)) {
    const frame = page.locator(`[data-question="${id}"]`);
    if (await frame.isVisible()) await shot(name, frame);
  }
}

try {
  await page.goto(plan.site);
  await shot("home");
  await page.goto(plan.link);
  await page.locator("button.main").last().waitFor();
  await shot("promise");
  await toTheCode(page, plan.link);
  await shot("code");
  await goOn(page, tokenButton(page));
  await toTheReview(page, shotsOfQuestions);
  await shot("review");
  await goOn(page, sending(page));
  await shot("sent");
  console.log(JSON.stringify(written));
} finally {
  await close();
}
