/** The size of letters with which the side fits one sheet, of A4 and of Letter alike. */

const WIDE = "186mm"; // what A4 and Letter both hold between their margins
const HIGH = 254; // mm
const LARGEST = 11.5; // points
const LEAST = 6;

/** Measured on the screen in the width of the sheet, in one go: nothing of it is ever painted. */
export function fit(side: HTMLElement): void {
  side.classList.add("sheet");
  side.style.width = WIDE;
  const millimetre = side.getBoundingClientRect().width / parseFloat(WIDE);
  let points = LARGEST;
  for (; points > LEAST; points -= 0.25) {
    side.style.setProperty("--points", `${points}pt`);
    if (side.getBoundingClientRect().height <= HIGH * millimetre) break;
  }
  side.style.setProperty("--points", `${points}pt`);
  side.style.width = "";
  side.classList.remove("sheet");
}
