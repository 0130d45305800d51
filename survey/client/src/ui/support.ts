/** Whom to turn to, in the host's own words. */

import { card, type Child, el, paragraph } from "./dom.ts";

export interface Support {
  readonly title: string;
  readonly text: string;
  readonly contact: string;
  readonly url: string;
}

/** In a tab of its own, so that no answer is lost; it learns nothing of this one. */
function away(href: string, label: string, kind?: string): HTMLElement {
  return el("a", { href, class: kind, target: "_blank", rel: "noopener noreferrer" }, label);
}

export function supportLink(): HTMLElement {
  return away("support", "Support", "button exit");
}

export function supportCard(support: readonly Support[]): Child {
  const found = support.map(({ title, text, contact, url }) =>
    paragraph(el("strong", {}, title), `. ${text} ${contact} `, url && away(url, url.replace(/^(tel|mailto):/, ""))),
  );
  return found.length > 0 && card("", "Where to find support", ...found);
}
