/** Numbers as sentences have them. Ranges are rounded outwards: what is said to be a margin must not be made smaller. */

import type { Figure } from "./figures.ts";

export function ofHundred({ share }: Figure): string {
  return `${Math.round(100 * share)} of 100`;
}

export function range({ low, high }: Figure): string {
  return `${down(low)} to ${up(high)}`;
}

/** `39 of 100 (35 to 44)` */
export function withRange(figure: Figure): string {
  return `${ofHundred(figure)} (${range(figure)})`;
}

/** A place among 100, from the least to the most: as wide as the intervals of both its ends leave it. */
export function placeInWords([from, to, margin]: readonly [number, number, number]): string {
  const low = down(Math.max(0, from - margin));
  const high = up(Math.min(1, to + margin));
  if (low === 0 && high === 100) return "anywhere from the lowest to the highest: the margins leave no more to say";
  if (low === 0) return `among the lowest ${high} of 100`;
  if (high === 100) return `among the highest ${100 - low} of 100`;
  return `between the ${ordinal(low)} and the ${ordinal(high)} of 100, counted from the lowest`;
}

export function ordinal(number: number): string {
  const teen = number % 100 > 10 && number % 100 < 14;
  return `${number}${(teen ? undefined : ["th", "st", "nd", "rd"][number % 10]) ?? "th"}`;
}

/** Three significant digits, as on the release's page. */
export function amount(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
}

/** A hair is taken off first: shares come in whole ten-thousandths, and 0.29 * 100 is more than 29. */
function up(share: number): number {
  return Math.ceil(100 * share - 1e-6);
}

function down(share: number): number {
  return Math.floor(100 * share + 1e-6);
}
