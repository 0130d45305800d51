/** A privacy budget as what it means to one person: how far somebody's guess can get. */

import { el, paragraph } from "./dom.ts";

/** Who thought it was one to one may, after reading everything published, be this sure at most. */
export function surest(epsilon: number): number {
  return 1 / (1 + Math.exp(-epsilon));
}

/** Never rounded down: it is a bound. */
export function upTo(share: number): string {
  const percent = Math.ceil(share * 1000) / 10;
  return percent >= 99.9 ? "almost 100" : String(percent);
}

/** Such a bound, and as a bar from nothing to certainty. */
export function bound(sentence: string, epsilon: number): HTMLElement {
  const share = surest(epsilon);
  const bar = el("progress", { class: "meter", value: share, "aria-hidden": "true" });
  return el("div", {}, paragraph(sentence, " ", el("strong", {}, `at most ${upTo(share)} % sure`), "."), bar);
}

/** One in how many. */
export function oneIn(delta: number): string {
  return `one in ${new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 2 }).format(1 / delta)}`;
}
