// Pictures of one release: its page as it opens, one question, and the case filled in. Reads {page, case, question, asks,
// folder, prefix, wanted, viewport, …} on standard input; writes the names of the files on standard output.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshPage } from "./respondent.mjs";
import { smallPng } from "./small_png.mjs";

const plan = JSON.parse(readFileSync(0, "utf8"));
const { context, page, close } = await freshPage(plan);
const written = [];

async function shot(name, place) {
  if (!plan.wanted.includes(name)) return;
  await page.evaluate(() => document.activeElement?.blur());
  await page.locator(place).first().evaluate((element) => element.scrollIntoView({ block: "start", behavior: "instant" }));
  const studio = await context.newPage();
  const picture = await smallPng(studio, await page.screenshot({ animations: "disabled" }));
  await studio.close();
  const file = `${plan.prefix}${name}.png`;
  writeFileSync(join(plan.folder, file), picture);
  written.push(file);
}

/** The first answer to everything that is asked, and a sentence and an amount of her own. */
async function fillTheCase() {
  for (const field of await page.locator("[data-question]:visible").all()) {
    const typed = field.locator("input");
    if (await typed.count()) await typed.first().fill("180");
    else await field.locator("select").first().selectOption({ index: 1 });
  }
  await page.getByLabel("What we ask for").fill(plan.asks);
}

try {
  await page.goto(plan.page);
  await shot("release-opening", "html");
  await shot("release-question", `#q-${plan.question}`);
  if (plan.wanted.includes("case-filled")) {
    await page.goto(plan.case);
    await fillTheCase();
    await shot("case-filled", ".side");
  }
  console.log(JSON.stringify(written));
} finally {
  await close();
}
