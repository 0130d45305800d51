/**
 * Where she stands in an earlier round: fetched whole and only when she asks, compared on her device. The card and its
 * words are part of the page that the site serves (templates/round.html); what it says of her is put in here.
 */

import { type Answer, type Question, questionOf, text } from "../form.ts";
import { groupsOf, readTables, saidIn } from "../place.ts";
import { send } from "../send.ts";
import { sentenceFor } from "../sentences.ts";
import { el, fromPage } from "./dom.ts";
import { inWords } from "./review.ts";
import type { Visit } from "./visit.ts";

type Parts = [line: HTMLElement, button: HTMLButtonElement, told: HTMLElement, list: HTMLElement, left: HTMLElement];

/** Null if there is nothing to compare. What was sent stays in memory, as a copy, until this element is gone. */
export function placeOffer({ earlier, language, round, answers: sent }: Visit): HTMLElement | null {
  const card = fromPage(`place-${round.id}`, "section");
  if (!earlier?.questions.some((id) => sent.has(id)) || card === null) return null;
  const [line, button, told, list, left] = card.querySelectorAll(".error, button, div, ul, span") as unknown as Parts;
  list.translate = left.translate = false;
  const answers = new Map(sent);
  const asked = (id: string) => questionOf(round.manifest.form, id) as Question;
  const named = (id: string) => inWords(asked(id), saidIn(asked(id), answers.get(id) as Answer), language).map((one) => one.textContent);

  /** One line a group: how many said the same with the range of that, and for answers in an order her place in it. */
  async function compare(): Promise<void> {
    const { body } = await send({ method: "GET", url: `releases/${earlier!.round}/tables.csv` });
    const tables = readTables(new TextDecoder().decode(body));
    const lines: HTMLElement[] = [];
    const hidden: string[] = [];
    for (const id of earlier!.questions.filter((one) => answers.has(one))) {
      for (const { by, cells, band } of groupsOf(asked(id), answers, tables, earlier!)) {
        const who = `${text(asked(id).label, language)} (${by.flatMap(named).join(", ") || "everyone"})`;
        const parts = cells.flatMap(({ shown, share, low, high }, index) =>
          shown ? [`${hundreds(share)} of 100 said “${named(id)[index]}” (${Math.floor(100 * low)} to ${Math.ceil(100 * high)})`] : [],
        );
        if (parts.length < cells.length || band === null) hidden.push(who);
        if (band) parts.push(`your place is ${hundreds(band[0])} to ${hundreds(band[1])} of 100, give or take ${Math.ceil(100 * band[2])}`);
        if (parts.length > 0) lines.push(el("li", {}, `${who}: ${parts.join("; ")}`));
      }
    }
    list.replaceChildren(...lines);
    left.textContent = hidden.join("; ") || "nothing";
    told.hidden = false;
  }

  // Whoever presses it again sees the same again.
  button.onclick = async () => {
    line.textContent = await compare().then(() => "", sentenceFor);
  };
  return card;
}

function hundreds(share: number): number {
  return Math.round(100 * share);
}
