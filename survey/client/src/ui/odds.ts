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

/** Such a bound as a bar from an even guess to certainty. */
export function bound(sentence: string, epsilon: number): HTMLElement {
  const share = surest(epsilon);
  return el("div", {}, paragraph(sentence, " ", el("strong", {}, `at most ${upTo(share)} % sure`), "."), bar(share));
}

function bar(share: number): HTMLElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const filled = document.createElementNS(space, "rect");
  picture.setAttribute("viewBox", "0 0 100 10");
  picture.setAttribute("preserveAspectRatio", "none");
  filled.setAttribute("class", "fill");
  filled.setAttribute("height", "10");
  filled.setAttribute("width", String(100 * share));
  picture.append(filled);
  return el("div", { class: "meter", "aria-hidden": "true" }, picture);
}

/** One in how many. */
export function oneIn(delta: number): string {
  return `one in ${new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 2 }).format(1 / delta)}`;
}
