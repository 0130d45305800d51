// One respondent on a slow phone, with a clock: from her click to what she waits for, and how much of it was spent
// waiting for the network. Reads {link, rate, viewport, …} on standard input, writes milliseconds on standard output.

import { readFileSync } from "node:fs";
import { freshPage, questions, sending, thanks, tokenButton, toTheCode, toTheReview } from "./respondent.mjs";

const plan = JSON.parse(readFileSync(0, "utf8"));
const { context, page, close } = await freshPage(plan);

/** In the page: from the next click, as the browser received it, to the first frame in which `there` is drawn. */
function watch(there) {
  window.watched = new Promise((resolve) => {
    let began = 0;
    addEventListener("click", (event) => (began = event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      if (began === 0 || !document.querySelector(there.selector)?.textContent.startsWith(there.text)) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve({ began, ended: performance.now() })));
    });
    observer.observe(document, { childList: true, subtree: true, characterData: true });
  });
}

/** In the page: the span, and the part of it in which at least one request was on its way. Milliseconds. */
async function timed() {
  const { began, ended } = await window.watched;
  await new Promise((resolve) => setTimeout(resolve, 200)); // entries come a little after their requests
  const spans = performance
    .getEntriesByType("resource")
    .filter(({ startTime }) => startTime >= began && startTime < ended)
    .map(({ startTime, responseEnd }) => [startTime, Math.min(responseEnd, ended)])
    .sort(([one], [other]) => one - other);
  if (spans.length === 0) throw new Error("no request was seen, so there is nothing to subtract");
  let [waited, until] = [0, 0];
  for (const [start, end] of spans) {
    waited += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return { whole: ended - began, network: waited, requests: spans.length };
}

async function measured(button, there, seen) {
  await page.evaluate(watch, there);
  await button.click();
  await seen.waitFor();
  return page.evaluate(timed);
}

try {
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: plan.rate });
  await toTheCode(page, plan.link);
  const pass = await measured(tokenButton(page), { selector: "[data-question]", text: "" }, questions(page).first());
  await toTheReview(page);
  const sent = await measured(sending(page), { selector: "h1", text: "Thank you" }, thanks(page));
  console.log(JSON.stringify({ pass, sent }));
} finally {
  await close();
}
