/** The size of letters with which the side fits one sheet, of A4 and of Letter alike. */

const WIDE = "186mm"; // what A4 and Letter both hold between their margins
const HIGH = 254; // mm
const LARGEST = 46; // quarters of a point
const LEAST = 24;

/** Measured on the screen in the width of the sheet, in one go: nothing of it is ever painted. */
export function fit(side: HTMLElement): void {
  side.classList.add("sheet");
  side.style.width = WIDE;
  const limit = (side.getBoundingClientRect().width / parseFloat(WIDE)) * HIGH;
  let [fitting, over] = [LEAST, LARGEST + 1];
  while (over - fitting > 1) {
    const tried = (fitting + over) >> 1;
    size(side, tried);
    if (side.getBoundingClientRect().height <= limit) fitting = tried;
    else over = tried;
  }
  size(side, fitting);
  side.style.width = "";
  side.classList.remove("sheet");
}

function size(side: HTMLElement, quarters: number): void {
  side.style.setProperty("--points", `${quarters / 4}pt`);
}
