// Respondents in a real browser, from the link to "your answers are in". Reads what to do from standard input, a line of
// JSON a visit, and writes what was seen, a line of JSON each. All visits share one Chromium; each has a profile of its
// own that was empty before and is gone after. Driven by test_host_browser*.py.

import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { deviceVerbs } from "./verbs_devices.mjs";
import { keyboardVerbs } from "./verbs_keyboard.mjs";
import { lookVerbs } from "./verbs_looks.mjs";
import { networkVerbs } from "./verbs_network.mjs";
import { siteVerbs } from "./verbs_site.mjs";

let plan, browser, context, page, seen;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function arrive() {
  browser ??= await createRequire(plan.client)("playwright-core").chromium.launch({
    executablePath: plan.chromium,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // One process for all pages of a profile, else each page that is opened starts another. Profiles still share none,
      // and what a page may ask of another origin is decided elsewhere.
      "--disable-site-isolation-trials",
      "--renderer-process-limit=1",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // nor does the browser itself ask anybody else
      // All that is written to any socket is in this log, whoever in the browser asked for it.
      ...(plan.netlog ? [`--log-net-log=${plan.netlog}`, "--net-log-capture-mode=Everything"] : []),
    ],
  });
  context = await browser.newContext({
    viewport: plan.viewport,
    deviceScaleFactor: plan.zoom ?? 1,
    colorScheme: plan.scheme,
    reducedMotion: "reduce", // what is scrolled to is there at once
    javaScriptEnabled: plan.script ?? true,
    locale: "en-GB",
  });
  seen = { requests: [], console: [], addresses: [], titles: [], widest: 0 };
  await turnToNewPage();
  context.on("request", (request) => {
    const body = request.postDataBuffer();
    seen.requests.push({
      method: request.method(),
      url: request.url(),
      headers: request.headers(),
      body: body === null ? null : body.toString("hex"),
    });
  });
}

async function turnToNewPage() {
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.console.push(`error: ${error.message}`));
}

/** Have the test do something; what it gives back. */
async function help(name) {
  console.log(JSON.stringify({ help: name }));
  return JSON.parse((await lines.next()).value);
}

function question(id) {
  return page.locator(`[data-question="${id}"]`);
}

const ACTIONS = {
  at: async (title) => {
    await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
    seen.titles.push(title);
    seen.addresses.push(page.url());
    seen.widest = Math.max(seen.widest, await page.evaluate(() => document.documentElement.scrollWidth));
  },
  click: (name) => page.getByRole("button", { name, exact: true }).first().click(),
  press: async (name) => {
    await page.getByRole("button", { name, exact: true }).first().focus();
    await page.keyboard.press("Enter");
  },
  tick: (id, label) => question(id).getByLabel(label, { exact: true }).check(),
  ticked: async (id, label) => {
    if (!(await question(id).getByLabel(label, { exact: true }).isChecked())) throw new Error(`${label} is not ticked`);
  },
  check: (label) => page.getByLabel(label, { exact: true }).check(),
  fill: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
  type: (id, text) => question(id).locator("input").fill(text),
  pick: (id, index, label) => question(id).locator("select").nth(index).selectOption({ label }),
  selects: (label, option) => page.getByLabel(label, { exact: true }).selectOption({ label: option }),
  idle: () => page.waitForLoadState("networkidle"),
  point: (id, item, value) => question(id).locator(".points").nth(item).locator("input").nth(value - 1).check(),
  hidden: async (id) => {
    if (await question(id).isVisible()) throw new Error(`${id} is shown`);
  },
  reads: (text) => page.getByText(text).first().waitFor(),
  lack: (algorithm) =>
    context.addInitScript((name) => {
      if (!globalThis.crypto?.subtle) return; // an empty page has none
      const { importKey } = SubtleCrypto.prototype;
      SubtleCrypto.prototype.importKey = function (format, key, wanted, ...rest) {
        if (wanted === name) return Promise.reject(new DOMException("no", "NotSupportedError"));
        return importKey.call(this, format, key, wanted, ...rest);
      };
    }, algorithm),
  reload: () => page.reload(),
  back: () => page.goBack(),
  forward: () => page.goForward(),
  reload_with_link: () => page.goto("about:blank").then(() => page.goto(plan.link)),
  offline: (off) => context.setOffline(off),
  swap: (start, body) =>
    context.route((url) => url.href.startsWith(start), (route) =>
      route.fulfill({ body, contentType: "application/json", headers: { "Access-Control-Allow-Origin": "*" } }),
    ),
  shot: async (name) => {
    if (plan.shots) await page.screenshot({ path: join(plan.shots, `${name}.png`), fullPage: true });
  },
  /** Another page of the same browser; then one of those that were opened, by its number. */
  new_page: async (address) => {
    await turnToNewPage();
    await page.goto(address);
  },
  to_page: async (number) => {
    page = context.pages()[number];
    await page.bringToFront();
  },
  ...deviceVerbs(() => ({ page, seen, help })),
  ...keyboardVerbs(() => ({ context, page, seen })),
  ...lookVerbs(() => ({ page, plan, seen })),
  ...networkVerbs(() => ({ context, page, seen })),
  ...siteVerbs(() => ({ context, page, seen })),
};

const LONGEST = 30_000;

async function take(step) {
  const [what, ...rest] = step;
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(fail, LONGEST, new Error("this takes too long"))));
  await Promise.race([ACTIONS[what](...rest), late]).finally(() => clearTimeout(timer));
}

async function visit() {
  await arrive();
  let step = null;
  try {
    for (step of plan.before ?? []) await take(step);
    await page.goto(plan.link);
    for (step of plan.steps) await take(step);
    seen.cookies = await context.cookies();
    seen.kept = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]).catch(() => []);
  } catch (error) {
    seen.failure = `${error}, at step ${JSON.stringify(step)}`;
    seen.text = await page.locator("main").innerText({ timeout: 1000 }).catch(() => "");
  } finally {
    await context.close();
  }
  return seen;
}

for await (const line of lines) {
  plan = JSON.parse(line);
  console.log(JSON.stringify(await visit()));
}
await browser?.close();
