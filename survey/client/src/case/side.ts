/** The one side, from its blocks. Text stays text, whatever a form or a guide holds; widths are set by script alone. */

import { el } from "../ui/dom.ts";
import type { Block, Item, Row } from "./blocks.ts";
import { EVERYONE } from "./figures.ts";
import { ofHundred, range } from "./words.ts";

export function sideOf(ask: string, blocks: readonly Block[]): Node[] {
  const head = el("header", {}, el("h2", {}, ask || "My case for the room"));
  if (ask) head.prepend(el("p", { class: "over" }, "My case for the room"));
  return [head, ...blocks.map(({ title, items }) => blockOf(title, items))];
}

function blockOf(title: string, items: readonly Item[]): HTMLElement {
  const small = items.every((item) => item.kind === "text" && item.small);
  return el("section", { class: small ? "fine" : undefined }, el("h3", {}, title), ...items.map(itemOf));
}

function itemOf(item: Item): HTMLElement {
  if (item.kind === "text") {
    const words = item.lead === undefined ? [item.text] : [el("b", {}, item.lead), ": ", item.text];
    return el("p", { class: item.small ? "small" : undefined }, ...words);
  }
  const whose = el("span", { class: "whose" }, item.whose === EVERYONE ? "everyone" : item.whose.label);
  const caption = el("figcaption", {}, item.caption, " ", whose);
  return el("figure", {}, caption, el("ul", {}, ...item.rows.map(barOf)), item.note ? el("p", { class: "small" }, item.note) : null);
}

/** The bar is a picture of the numbers beside it: read aloud, these are enough. */
function barOf({ label, figure, ours }: Row): HTMLElement {
  const bar = el("i", { "aria-hidden": "true" });
  for (const [name, share] of Object.entries({ s: figure.share, l: figure.low, h: figure.high })) bar.style.setProperty(`--${name}`, `${100 * share}`);
  const name = el("span", {}, label, ours ? el("em", {}, "ours") : null);
  return el("li", { class: ours ? "ours" : undefined }, name, bar, el("span", { class: "v" }, el("b", {}, ofHundred(figure)), ` (${range(figure)})`));
}
