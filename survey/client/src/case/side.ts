/** The one side, from its blocks. Text stays text, whatever a form or a guide holds; widths are set by script alone. */

import { el, present } from "../ui/dom.ts";
import type { Block, Item, Row } from "./blocks.ts";
import type { Group } from "./figures.ts";
import { ofHundred, range } from "./words.ts";

/** peers: who is meant; group: theirs, so that what is of others is marked. */
export function sideOf(ask: string, peers: string, group: Group, blocks: readonly Block[]): Node[] {
  const head = el("header", {}, el("h2", {}, ask || "My case for the room"), el("p", { class: "over" }, peers));
  if (ask) head.prepend(el("p", { class: "over" }, "My case for the room"));
  return [head, ...blocks.map((block) => blockOf(block, group))];
}

function blockOf({ title, items, boxed }: Block, group: Group): HTMLElement {
  const fine = items.every((item) => item.kind === "text" && item.small);
  return el("section", { class: fine ? "fine" : boxed && "boxed" }, el("h3", {}, title), ...items.map((item) => itemOf(item, group)));
}

function itemOf(item: Item, group: Group): HTMLElement {
  const other = item.whose !== undefined && item.whose !== group && el("span", { class: "whose" }, item.whose.label);
  if (item.kind === "text") {
    const words = item.lead === undefined ? [item.text] : [el("b", {}, item.lead), ": ", item.text];
    return el("p", { class: item.small ? "small" : undefined }, ...present([...words, other && " ", other]));
  }
  const caption = el("figcaption", {}, ...present([item.caption, other && " ", other]));
  return el("figure", {}, caption, el("ul", {}, ...item.rows.map(barOf)));
}

/** The bar is a picture of the numbers beside it: read aloud, these are enough. */
function barOf({ label, figure, mark }: Row): HTMLElement {
  const bar = el("i", { "aria-hidden": "true" });
  for (const [name, share] of Object.entries({ s: figure.share, l: figure.low, h: figure.high })) bar.style.setProperty(`--${name}`, `${100 * share}`);
  const name = el("span", {}, label, mark ? " " : null, mark ? el("em", {}, mark) : null);
  return el("li", { class: mark ? "mine" : undefined }, name, el("span", { class: "v" }, el("b", {}, ofHundred(figure)), ` (${range(figure)})`), bar);
}
