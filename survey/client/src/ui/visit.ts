/** What one visit holds in memory: the round, where it stands, what was answered so far, and what is kept where. */

import { closesAt, loadStatement, type Phase, phaseOf, type Statement } from "../closing.ts";
import { type Answer, languagesOf } from "../form.ts";
import type { Round } from "../manifest.ts";
import type { Earlier } from "../place.ts";
import { type Kept, Store } from "../store.ts";
import { type Keeping, NOTHING } from "./keeping.ts";
import { fromPage } from "./dom.ts";
import { languageChoice, topBar } from "./pages.ts";
import { Trail } from "./trail.ts";

/** Where it goes on from what comes afterwards; flow.ts says how. */
export interface Ways {
  readonly promise: () => void;
  readonly entry: () => void;
  readonly form: () => void;
}

export class Visit {
  readonly round: Round;
  readonly store = new Store();
  readonly trail = new Trail();
  readonly answers = new Map<string, Answer>();
  readonly unfinished = new Map<string, string>();
  closes: Date;
  phase: Phase;
  language: string;
  keeping: Keeping = NOTHING;
  /** Whether leaving now loses something: the browser asks first. */
  loses = false;
  sending = false;
  /** Whether the pass here is hers: this visit fetched it, or she said so. Another tab may have kept somebody else's. */
  hers = false;
  /** Whether she has her pass as a file: then nothing is lost with this page. */
  hasFile = false;
  code: string | null;
  /** The mail that is awaited; nothing of it is kept. */
  mailed: { readonly request: string; readonly address: string } | null = null;
  /** Whether a link named the round. */
  readonly linked: boolean;
  readonly earlier: Earlier | undefined;
  /** Where she stands in an earlier round, with a copy of what she sent. */
  place: HTMLElement | null = null;
  ways: Ways = { promise() {}, entry() {}, form() {} };

  constructor(round: Round, statement: Statement | null, code: string | null, earlier?: Earlier) {
    this.round = round;
    this.earlier = earlier;
    this.code = code;
    this.linked = code !== null;
    this.closes = closesAt(round, statement);
    this.phase = phaseOf(round, statement, new Date());
    this.language = preferred(languagesOf(round.manifest.form));
    window.addEventListener("beforeunload", (event) => this.loses && event.preventDefault());
    window.addEventListener("pagehide", () => this.#hidden());
    // A browser may bring a page back as it was; on a shared computer nothing of it is left to show.
    window.addEventListener("pageshow", (event) => event.persisted && this.keeping.shared && location.reload());
  }

  /** Whom to turn to: the link to the page (a), or all of it (section); null if the host names nobody for this form. */
  support(what: "a" | "section"): HTMLElement | null {
    return fromPage(`support-${this.round.id}`, what);
  }

  get contact(): string {
    return this.round.manifest.contact;
  }

  get kept(): Kept | null {
    return this.store.load(this.round.id);
  }

  get isOver(): boolean {
    return this.phase === "closed" || this.phase === "cancelled";
  }

  keepAs(keeping: Keeping): void {
    this.keeping = keeping;
    if (keeping.shared) this.store.confine();
  }

  /** The host may have put the closing off, or closed early. Where the intake does not answer, it stays as it was. */
  async readDates(): Promise<void> {
    try {
      const statement = await loadStatement(this.round);
      this.closes = closesAt(this.round, statement);
      this.phase = phaseOf(this.round, statement, new Date());
    } catch {
      // Sending finds out.
    }
  }

  /** No answer is left in memory, and on a shared computer nothing else either. */
  clear(): void {
    this.answers.clear();
    this.unfinished.clear();
    this.loses = false;
    if (this.keeping.shared) this.store.wipe();
  }

  /** The bar on top: a way out at once. */
  get exit(): HTMLElement {
    return this.#bar(null);
  }

  /** The same with the form's languages. */
  bar(redraw: () => void): HTMLElement {
    const change = (to: string) => {
      this.language = to;
      redraw();
    };
    const languages = languageChoice(languagesOf(this.round.manifest.form), this.language, change);
    return this.#bar(languages);
  }

  #bar(languages: HTMLElement | null): HTMLElement {
    return topBar(languages, this.support("a"), () => this.#leave());
  }

  /** Back leads to this page again, whoever is sitting there by then: no draft may be left for it to show. */
  #leave(): void {
    const { kept } = this;
    if (kept?.draft) this.store.save({ ...kept, draft: null });
    this.clear();
    location.replace("about:blank");
  }

  #hidden(): void {
    if (!this.keeping.shared) return;
    this.clear();
    this.place = null;
    document.getElementById("app")?.replaceChildren();
  }
}

/** The form's language that the reader's browser asks for, else English, else the first. */
function preferred(languages: readonly string[]): string {
  const wanted = navigator.languages.map((language) => language.split("-")[0] ?? "");
  return wanted.find((language) => languages.includes(language)) ?? (languages.includes("en") ? "en" : (languages[0] ?? "en"));
}
