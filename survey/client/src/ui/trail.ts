/** Where the browser's own back and forward lead: to the screens of this page, and never out of a half-filled form. */

export class Trail {
  #screens: (() => void)[] = [];
  #at = -1;

  constructor() {
    window.addEventListener("popstate", (event: PopStateEvent) => {
      const step: unknown = (event.state as { step?: unknown } | null)?.step;
      const draw = typeof step === "number" ? this.#screens[step] : undefined;
      if (draw === undefined) return;
      this.#at = step as number;
      draw();
    });
  }

  /** Show a screen, as one step on from here. Nothing of it is in the address or in the browser's history. */
  show(draw: () => void): void {
    this.#screens = [...this.#screens.slice(0, this.#at + 1), draw];
    this.#at += 1;
    if (this.#at === 0) history.replaceState({ step: 0 }, "");
    else history.pushState({ step: this.#at }, "");
    draw();
  }

  /** Show a screen after which there is no way back to any before it. */
  end(draw: () => void): void {
    this.#screens = this.#screens.map(() => draw);
    draw();
  }
}
