/**
 * One screen at a time: it replaces the last, takes the focus, and is announced by its heading. The title of the page
 * stays the same: browsers write titles into their history, and which questions were asked can tell an answer.
 */

import { type Child, el, present } from "./dom.ts";

export function show(title: string, ...children: Child[]): void {
  const heading = el("h1", { tabindex: "-1" }, title);
  const place = document.getElementById("app") as HTMLElement;
  const bars = present(children).filter((child) => child instanceof HTMLElement && child.classList.contains("bar"));
  const rest = present(children).filter((child) => !bars.includes(child));
  place.replaceChildren(...bars, heading, ...rest);
  window.scrollTo({ top: 0, behavior: "instant" });
  heading.focus({ preventScroll: true });
}

/** A day without a time, which is the same in every time zone. */
export function dayInWords(day: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));
}

/** A moment in words, in the reader's own time zone. */
export function inWords(moment: Date | string): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: "long", timeStyle: "short" };
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(moment));
}
