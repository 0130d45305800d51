/** The way of one respondent: promise, code, pages, review, sent. Holds what is answered, in memory. */

import { closesAt, type Phase, phaseOf } from "../closing.ts";
import type { Statement } from "../closing.ts";
import { type Answer, languagesOf } from "../form.ts";
import type { Round } from "../manifest.ts";
import { deliver, draftOf, enter, resend, saveDraft, takeBack } from "../respond.ts";
import { sentenceFor } from "../sentences.ts";
import { type Kept, Store } from "../store.ts";
import { button, el, paragraph } from "./dom.ts";
import { type Keeping, showEntry } from "./entry.ts";
import { languageChoice, pageFrom, showPage, topBar } from "./pages.ts";
import { showPromise } from "./promise.ts";
import { showReview } from "./review.ts";
import { inWords, show } from "./screen.ts";
import { type SentScreen, showSent, showTakenBack, showWasSent } from "./sent.ts";
import { showError, showNamedStop, stopFor } from "./stops.ts";
import { Trail } from "./trail.ts";

export class Flow {
  readonly #round: Round;
  readonly #closes: Date;
  readonly #phase: Phase;
  readonly #linked: boolean;
  readonly #trail = new Trail();
  #code: string | null;
  #store = new Store();
  #language: string;
  #answers = new Map<string, Answer>();
  readonly #unfinished = new Map<string, string>();
  #keepsDraft = false;
  #unsent = false;
  #sending = false;

  constructor(round: Round, statement: Statement | null, code: string | null, linked: boolean) {
    this.#round = round;
    this.#closes = closesAt(round, statement);
    this.#phase = phaseOf(round, statement, new Date());
    this.#code = code;
    this.#linked = linked;
    this.#language = preferred(languagesOf(round.manifest.form));
    window.addEventListener("beforeunload", (event) => {
      if (this.#unsent) event.preventDefault();
    });
  }

  start(): void {
    const kept = this.#store.load(this.#round.id);
    if (this.#phase === "closed" || this.#phase === "cancelled") this.#ended();
    else if (this.#phase === "not-yet-open") this.#tooEarly();
    else if (kept !== null && (kept.token !== null || kept.code !== null)) this.#found(kept);
    else if (this.#store.wasSent(this.#round.id) && this.#code === null) showWasSent(this.#contact);
    else this.#promise();
  }

  get #contact(): string {
    return this.#round.manifest.contact;
  }

  #ended(): void {
    showNamedStop(this.#phase, this.#contact);
  }

  #tooEarly(): void {
    const opens = paragraph(`It opens on ${inWords(this.#round.manifest.opens)}.`);
    showNamedStop("not-yet-open", this.#contact, opens);
  }

  #promise(): void {
    this.#trail.show(() => this.#drawPromise());
  }

  #drawPromise(): void {
    showPromise({
      round: this.#round,
      closes: this.#closes,
      language: this.#language,
      bar: this.#bar(() => this.#drawPromise()),
      compare: !this.#linked,
      goOn: () => this.#entry(),
    });
  }

  #entry(): void {
    if (this.#store.load(this.#round.id)?.token) this.#page(this.#first());
    else this.#trail.show(() => this.#drawEntry());
  }

  #drawEntry(): void {
    if (this.#store.load(this.#round.id)?.token) {
      this.#drawPage(this.#first()); // the browser's way back from the first page: the code is spent
      return;
    }
    const use = (code: string, keeping: Keeping) => this.#fetchPass(code, keeping);
    showEntry({ code: this.#code, use, back: () => this.#promise() });
  }

  async #fetchPass(code: string, keeping: Keeping): Promise<string> {
    if (keeping.shared) this.#store.move("memory");
    this.#keepsDraft = keeping.draft;
    try {
      await enter(this.#round, code, this.#store);
    } catch (error) {
      const stop = stopFor(error);
      if (stop === null) return sentenceFor(error);
      const again = () => {
        this.#code = null;
        this.#entry();
      };
      showError(error, this.#contact, again, stop.retry ? "Enter another code" : null);
      return "";
    }
    this.#code = null;
    this.#unsent = true;
    this.#page(this.#first());
    return "";
  }

  /** Something of this round lies in this browser: from before a reload, or from somebody else. */
  #found(kept: Kept): void {
    const anew = button("It is not mine: delete it and begin anew", () => {
      this.#store.forget(this.#round.id);
      this.#promise();
    });
    const [words, act] = this.#nextStep(kept);
    show(
      "You have been here before",
      paragraph(words),
      el("div", { class: "actions" }, button("Go on", act, "main"), anew),
      paragraph("Beginning anew needs a code that was not used yet."),
    );
  }

  #nextStep(kept: Kept): [string, () => void] {
    if (kept.token === null) {
      this.#code ??= kept.code;
      return ["Your code was on its way to the registrar when the page was left. Nothing is lost.", () => this.#entry()];
    }
    if (kept.sealed !== null && !kept.sent) {
      return ["Your answers were on their way when the page was left. They can be sent again; they count once.", () => void this.#resend()];
    }
    if (kept.sent) return ["Your answers are in, and your pass is kept in this browser.", () => this.#sent(true)];
    this.#answers = draftOf(this.#round, kept);
    this.#keepsDraft = kept.draft !== null;
    this.#unsent = true;
    const drafted = this.#answers.size > 0 ? "and your draft" : "but no answers";
    return [`Your pass is in this browser, ${drafted}.`, () => this.#page(this.#first())];
  }

  async #resend(): Promise<void> {
    try {
      const keep = this.#store.place === "device";
      await resend(this.#round, this.#store, { keep });
      this.#sent(keep);
    } catch (error) {
      showError(error, this.#contact, () => void this.#resend());
    }
  }

  #first(): number {
    return pageFrom(this.#round.manifest.form, this.#answers, -1, 1);
  }

  #page(index: number): void {
    const { form } = this.#round.manifest;
    if (index < 0) this.#promise();
    else if (index >= form.page.length) this.#review();
    else this.#trail.show(() => this.#drawPage(index));
  }

  #drawPage(index: number): void {
    showPage({
      form: this.#round.manifest.form,
      index,
      language: this.#language,
      answers: this.#answers,
      unfinished: this.#unfinished,
      bar: this.#bar(() => this.#drawPage(index)),
      back: () => this.#turn(index, -1),
      next: () => this.#turn(index, 1),
    });
  }

  #turn(from: number, step: 1 | -1): void {
    if (this.#keepsDraft) saveDraft(this.#round, this.#answers, this.#store);
    this.#page(pageFrom(this.#round.manifest.form, this.#answers, from, step));
  }

  #review(): void {
    this.#trail.show(() => this.#drawReview());
  }

  #drawReview(): void {
    const { form } = this.#round.manifest;
    showReview({
      form,
      language: this.#language,
      answers: this.#answers,
      bar: this.#bar(() => this.#drawReview()),
      mayKeep: this.#store.place !== "memory",
      edit: (page) => this.#page(page),
      back: () => this.#page(pageFrom(form, this.#answers, form.page.length, -1)),
      send: (keep) => this.#send(keep),
    });
  }

  async #send(keep: boolean): Promise<string> {
    // Two attempts at once could end with the older answers on top.
    if (this.#sending) return "Your answers are still on their way; wait a moment.";
    this.#sending = true;
    return this.#trying(async () => {
      try {
        await deliver(this.#round, this.#answers, this.#store, { keep });
      } finally {
        this.#sending = false;
      }
      // Only now, when no draft is left in it: nobody agreed to keep answers on the device.
      if (keep) this.#store.move("device");
      this.#unsent = false;
      this.#sent(keep);
    });
  }

  /** What an attempt says in place; what cannot be tried again has a page of its own. */
  async #trying(attempt: () => Promise<void>): Promise<string> {
    try {
      await attempt();
    } catch (error) {
      const stop = stopFor(error);
      if (stop === null) return sentenceFor(error);
      this.#unsent = false;
      showError(error, this.#contact, () => this.#review());
    }
    return "";
  }

  #sent(kept: boolean): void {
    const screen: SentScreen = {
      round: this.#round,
      closes: this.#closes,
      kept,
      change: () => this.#page(this.#first()),
      takeBack: () =>
        this.#trying(async () => {
          await takeBack(this.#round, this.#store, { keep: true });
          this.#trail.end(() => showTakenBack(screen));
        }),
      forget: () => {
        this.#store.forget(this.#round.id);
        this.#sent(false);
      },
    };
    if (!kept) {
      this.#answers.clear();
      this.#unfinished.clear();
      if (this.#store.place === "memory") this.#store.wipe();
    }
    this.#trail.end(() => showSent(screen));
  }

  /** The bar on top: language, and a way out at once. */
  #bar(redraw: () => void): HTMLElement {
    const change = (to: string) => {
      this.#language = to;
      redraw();
    };
    const languages = languageChoice(languagesOf(this.#round.manifest.form), this.#language, change);
    return topBar(languages, () => this.#leave());
  }

  #leave(): void {
    this.#unsent = false;
    if (this.#store.place === "memory") this.#store.wipe();
    location.replace("about:blank");
  }
}

/** The form's language that the reader's browser asks for, else English, else the first. */
function preferred(languages: readonly string[]): string {
  const wanted = navigator.languages.map((language) => language.split("-")[0] ?? "");
  return wanted.find((language) => languages.includes(language)) ?? (languages.includes("en") ? "en" : (languages[0] ?? "en"));
}
