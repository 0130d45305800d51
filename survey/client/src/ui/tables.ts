/** The tables that a round will publish, in words: what is counted, split by what, and how exact it will be. */

import { type Form, questionOf, text } from "../form.ts";
import type { Manifest, PromisedTable } from "../manifest.ts";
import { el } from "./dom.ts";

const PARTS: Readonly<Record<string, string>> = { objective: "objectives", key_result: "measures", progress: "progress" };

export function tableOfTables(manifest: Manifest, language: string): HTMLElement {
  const rows = manifest.promise.tables.map((table) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, whatIsCounted(table, manifest.form, language)),
      el("td", {}, table.by.map((name) => axisInWords(name, manifest.form, language)).join(" and ") || "everyone"),
      el("td", {}, exactness(table)),
    ),
  );
  const heads = ["What is counted", "Split by", "Expected noise"].map((head) => el("th", { scope: "col" }, head));
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows));
  const words =
    "± 4 points: a figure shown as 30 in 100 would without the noise most likely be between 26 and 34. That not everyone " +
    "answers makes it less exact still.";
  return el("div", {}, el("p", { class: "hint" }, words), scrolling(table));
}

function scrolling(table: HTMLElement): HTMLElement {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "The tables" }, table);
}

function whatIsCounted(table: PromisedTable, form: Form, language: string): string {
  if (table.of.length === 0) return table.by.length === 0 ? "How many took part" : "How many people there are";
  return table.of.map((name) => axisInWords(name, form, language)).join(" together with ");
}

/** An axis is a question, or a part of one: "priorities.1", "okrs.objective|key_result". */
function axisInWords(name: string, form: Form, language: string): string {
  const [id = "", part = ""] = name.split(".");
  const question = questionOf(form, id);
  const label = question === undefined ? id : text(question.label, language);
  if (part === "") return label;
  if (/^\d+$/.test(part)) return `${label}: number ${part}`;
  return `${label}: ${part.split("|").map((one) => PARTS[one] ?? one).join(" with ")}`;
}

function exactness(table: PromisedTable): string {
  const groups = table.cohorts > 1 ? `; ${Math.round(table.shown)} of ${table.cohorts} groups are likely to be shown` : "";
  const total = table.of.length === 0 && table.by.length === 0;
  if (table.margin === null || total) return `± ${Math.ceil(1.96 * table.sd)} people${groups}`;
  return `± ${percent(table.margin)} points${groups}`;
}

function percent(share: number): string {
  return share < 0.1 ? (100 * share).toFixed(1) : String(Math.round(100 * share));
}
