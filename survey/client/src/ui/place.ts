/** Where she stands in an earlier round: fetched whole and only when she asks, compared on her device. */

import { type Answers, type Form, optionLists, type Question, questionOf, text } from "../form.ts";
import { type Earlier, groupsOf, readTables, type Tables } from "../place.ts";
import { send } from "../send.ts";
import { alertLine, card, el, list, paragraph, slowButton } from "./dom.ts";
import { bracketInWords } from "./kinds/amount.ts";
import { groupInWords } from "./kinds/score.ts";

/** `answers`: a copy of what was sent, in memory until this element is gone. */
export function placeOffer(form: Form, language: string, answers: Answers, earlier: Earlier): HTMLElement {
  const line = alertLine();
  const compare = async () => {
    try {
      const { body } = await send({ method: "GET", url: `releases/${earlier.round}/tables.csv` });
      const found = inWords(form, language, answers, earlier, readTables(new TextDecoder().decode(body)));
      box.replaceChildren(...found);
      found[0]?.focus();
      return "";
    } catch {
      return "Those results could not be fetched or read. Try again later.";
    }
  };
  const box = el(
    "div",
    {},
    paragraph(
      `An earlier round of this form closed on ${earlier.closed}. To compare, this page fetches all of its results, the same ` +
        "for everyone; your answers stay in the memory of this page, and nothing is sent.",
    ),
    line,
    slowButton("See where you stand", "Fetching…", compare, line, ""),
  );
  return card("", "Where you stand", box);
}

/** One line a group: how many said the same with the range of that, and for answers in an order where she stands in it. */
function inWords(form: Form, language: string, answers: Answers, earlier: Earlier, tables: Tables): HTMLElement[] {
  const hidden: string[] = [];
  const alike = [...answers.keys()].filter((id) => earlier.questions.includes(id)).map((id) => questionOf(form, id) as Question);
  const named = (question: Question, answer: string) => {
    if (question.kind === "amount") return bracketInWords(question, answer, language);
    if (question.kind === "score") return groupInWords(answer);
    return text(optionLists(question)[0]?.find(({ id }) => id === answer)?.label ?? answer, language);
  };
  const words = alike.flatMap((question) => {
    const label = text(question.label, language);
    const lines = groupsOf(question, answers, tables, earlier).flatMap(({ by, cells, band }) => {
      const group = alike.filter(({ id }) => by.includes(id)).map((one) => named(one, String(answers.get(one.id))));
      const who = group.join(", ") || "Everyone";
      const shown = cells.filter((cell) => cell.shown);
      if (shown.length < cells.length || band === null) hidden.push(`${label} (${who})`);
      const parts = shown.map(({ answer, rank, share, low, high }) => {
        const range = `${Math.floor(100 * low)} to ${Math.ceil(100 * high)}`;
        return `${hundreds(share)} in 100 said “${named(question, answer)}”${rank && ` in place ${rank}`} (${range})`;
      });
      if (band) {
        const { from, to, margin } = band;
        parts.push(`from the lowest, you are between ${hundreds(from)} and ${hundreds(to)} of 100, give or take ${Math.ceil(100 * margin)}`);
      }
      return parts.length > 0 ? [`${who}: ${parts.join("; ")}`] : [];
    });
    return lines.length > 0 ? [el("h3", {}, label), list(lines)] : [];
  });
  return [
    el("p", { tabindex: "-1" }, "Of those who answered what was asked alike then. Figures are blurred, and not everyone took part: the true ones most likely lie in the ranges in brackets."),
    ...words,
    paragraph(hidden.length > 0 && `Left out, as too few answered or it is too uncertain: ${hidden.join("; ")}`),
    paragraph(el("a", { href: `releases/${earlier.round}/` }, "All results of that round")),
  ];
}

function hundreds(share: number): number {
  return Math.round(100 * share);
}
