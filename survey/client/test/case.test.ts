import assert from "node:assert/strict";
import { test } from "node:test";

import type { Block, Item, Picks } from "../src/case/blocks.ts";
import { contentsOf, peersInWords } from "../src/case/contents.ts";
import type { Cell, Data, Entry, Table } from "../src/case/data.ts";
import { EVERYONE, found, groupsIn, tablesOf } from "../src/case/figures.ts";
import { standingOf } from "../src/case/stand.ts";
import { ordinal, placeInWords, range } from "../src/case/words.ts";
import { type Answer, questionOf } from "../src/form.ts";
import { readTables } from "../src/place.ts";
import { vectors } from "./vectors.ts";

const measured: Data = vectors("case");
const { form, people, tables } = vectors("place");

const options = (...ids: string[]) => ids.map((id) => ({ id, label: id.toUpperCase() }));
const choice = (id: string, ...ids: string[]) => ({ id, kind: "choice", label: `About ${id}`, cohort: false, options: options(...ids) }) as const;
const rule = { question: "no", any_of: ["refused", "postponed"] };
const QUESTIONS = [
  { ...choice("size", "small", "large"), cohort: true },
  { id: "first", kind: "ranking", label: "About first", top: 2, options: options("keep", "hire", "other") },
  choice("kpi", "money", "turnover", "prefer_not"),
  choice("no", "refused", "postponed", "never"),
  { ...choice("said", "cost", "proof"), show_if: rule },
  { ...choice("behind", "fear", "belief"), show_if: rule },
  { id: "moved", kind: "choices", label: "About moved", at_most: 2, options: [...options("trial", "law"), { id: "none", label: "NONE", alone: true }] },
  choice("move", "pilot", "figure"),
  choice("helped", "much", "worse"),
] as unknown as Data["questions"];
const ROLES = { priority: "first", kpi: "kpi", no: "no", no_said: "said", no_behind: "behind", moved: "moved", move: "move", move_helped: "helped" };

function entry(question: string, answer: string): Entry {
  const evidence = [{ source: "iso", at: "6.1.2", says: "It says so" }];
  return { question, answer, cares: `cares ${answer}`, move: `move ${answer}`, evidence, cost: "no money", measure: `measure ${answer}`, stop: `stop ${answer}` };
}

const GUIDE = { roles: ROLES, sources: { iso: { name: "ISO", year: 2021 } }, entries: [entry("first", "keep"), entry("first", "hire"), entry("said", "cost")] };
const FACTS = { people: "900", within: "20", day: "1 April 2026", external: false, round: "f".repeat(64), fingerprint: "ab", minimum: "10", usable: 0.15 };

/** Shares in hundredths, with four to either side; null is not shown. */
function table(q: string, by: string, cohort: string, shares: readonly (number | null)[], rank = ""): Table {
  const cell = (share: number | null): Cell => (share === null ? 0 : [100 * share, 100 * share - 400, 100 * share + 400]);
  return { q, by, rank, sd: 5, cohorts: { [cohort]: shares.map(cell) } };
}

const EVERYBODY = [
  table("first", "", "", [30, 50, 20], "1"),
  table("kpi", "", "", [20, 30, 50]),
  table("no", "", "", [40, 25, 35]),
  table("said", "", "", [60, 40]),
  table("behind", "", "", [45, 55]),
  table("moved", "", "", [35, 20, 45]),
  table("move", "", "", [40, 60]),
  table("helped", "", "", [70, 30]),
];

function made(tables: readonly Table[] = EVERYBODY, more: Partial<Data> = {}): Data {
  return { questions: QUESTIONS, tables, statistics: [], guide: GUIDE, facts: FACTS, ...more };
}

function picked(more: Partial<Picks> = {}): Picks {
  return { group: EVERYONE, answers: new Map(), ask: "", own: "", reason: "", move: "", entry: null, questions: [], ...more };
}

function part(blocks: readonly Block[], title: RegExp): readonly Item[] {
  return blocks.find((block) => title.test(block.title))?.items ?? [];
}

function shown(items: readonly Item[], caption: RegExp): string[] | undefined {
  const bars = items.find((item) => item.kind === "bars" && caption.test(item.caption));
  return bars?.kind === "bars" ? bars.rows.map(({ label, mark }) => (mark ? `${label} ${mark}` : label)) : undefined;
}

function words(blocks: readonly Block[]): string {
  return JSON.stringify(blocks);
}

const everything = contentsOf(made(), picked());

test("the figures that a page carries are those of tables.csv", () => {
  const whole = readTables(tables);
  const carried = tablesOf(measured);
  assert.ok(carried.size > 150);
  for (const [place, cell] of carried) {
    const { by, shown, share, low, high } = whole.get(place)!;
    assert.equal(cell.shown, shown, place);
    if (shown) assert.deepEqual([cell.by, cell.share, cell.low, cell.high], [by, share, low, high], place);
  }
  const left = [...whole].filter(([place, cell]) => cell.shown && !carried.has(place) && !place.includes("(") && !/objective\||\|progress/.test(place));
  assert.deepEqual(left, []);
});

test("where she stands is what the vectors of a place expect, as a range that is never narrower", () => {
  let bands = 0;
  for (const { answers, place } of people) {
    for (const [id, [expected]] of Object.entries<any>(place)) {
      if (expected.band === undefined || answers[id] === undefined) continue;
      const { lines } = standingOf(measured, questionOf(form, id)!, answers[id] as Answer, EVERYONE);
      const told = lines.find((line) => line.startsWith("Our place"));
      assert.equal(told !== undefined, expected.band !== null, id);
      if (told === undefined) continue;
      const [low, high] = ends(told);
      assert.ok(low <= 100 * Math.max(0, expected.band.from - expected.margin) + 0.2, told);
      assert.ok(high >= 100 * Math.min(1, expected.band.to + expected.margin) - 0.2, told);
      assert.ok(high - low <= 100 * (expected.band.to - expected.band.from + 2 * expected.margin) + 2.4, told);
      bands += 1;
    }
  }
  assert.ok(bands > 5);
});

function ends(told: string): [number, number] {
  const numbers = [...told.matchAll(/\d+/g)].map(([one]) => Number(one));
  if (told.includes("anywhere")) return [0, 100];
  if (told.includes("lowest") && told.includes("among")) return [0, numbers[0]!];
  if (told.includes("highest")) return [100 - numbers[0]!, 100];
  return [numbers[0]!, numbers[1]!];
}

test("a place says the ends of its range, outwards", () => {
  assert.equal(placeInWords([0.45, 0.55, 0.05]), "between the 40th and the 60th of 100, counted from the lowest");
  assert.equal(placeInWords([0.412, 0.5, 0.004]), "between the 40th and the 51st of 100, counted from the lowest");
  assert.equal(placeInWords([0, 0.2, 0.03]), "among the lowest 23 of 100");
  assert.equal(placeInWords([0.8, 1, 0.03]), "among the highest 23 of 100");
  assert.match(placeInWords([0.3, 0.6, 0.45]), /^anywhere/);
  assert.equal(range({ share: 0.29, low: 0.29, high: 0.57 }), "29 to 57");
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 22, 93].map(ordinal), ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "93rd"]);
});

test("a whole case has every part, and each follows from the figures", () => {
  assert.deepEqual(everything.map(({ title }) => title), [
    "What peers are after",
    "The no you will hear, and what moved others",
    "One small move",
    "A test of thirty days",
    "Who answered, and what this cannot show",
    "How to check",
  ]);
  const no = part(everything, /The no/);
  assert.deepEqual(shown(no, /About no/), ["REFUSED", "POSTPONED"]); // what the question after its reason is asked of
  assert.deepEqual(shown(no, /About said/), ["COST", "PROOF"]);
  assert.deepEqual(shown(no, /About behind/), ["BELIEF", "FEAR"]);
  assert.deepEqual(shown(no, /About moved/), ["TRIAL", "LAW"]);
  assert.match(words(everything), /cares cost/);
});

test("ways out of a question are nobody's priority and no figure to be judged by", () => {
  const peers = part(everything, /peers/);
  assert.deepEqual(shown(peers, /About first/), ["HIRE", "KEEP"]);
  assert.deepEqual(shown(peers, /About kpi/), ["TURNOVER", "MONEY"]);
});

test("the small move and its test are those of her priority, else of her peers'", () => {
  assert.match(words(everything), /move hire.*measure hire.*no money.*stop hire/);
  const hers = contentsOf(made(), picked({ answers: new Map([["first", ["keep"]]]) }));
  assert.match(words(hers), /move keep.*measure keep/);
  assert.match(words(contentsOf(made(), picked({ entry: 2 }))), /move cost.*It says so \(ISO, 6.1.2, 2021\)/);
});

test("what she chose is shown with the others and marked", () => {
  const blocks = contentsOf(made(), picked({ answers: new Map<string, Answer>([["kpi", "prefer_not"]]), reason: "proof" }));
  assert.deepEqual(shown(part(blocks, /peers/), /About kpi/), ["PREFER_NOT ours", "TURNOVER", "MONEY"]);
  assert.deepEqual(shown(part(blocks, /The no/), /About said/), ["COST", "PROOF expected"]);
});

test("a line that the round cannot support is left out, and nothing is said in its place", () => {
  for (const [name, title] of [["first", /peers/], ["kpi", /peers/], ["no", /The no/], ["behind", /The no/], ["moved", /The no/], ["helped", /move/]] as const) {
    const without = made(EVERYBODY.filter(({ q }) => q !== name));
    const half = made(EVERYBODY.map((one) => (one.q === name ? table(name, "", "", [50, null, null].slice(0, one.cohorts[""]!.length), one.rank) : one)));
    for (const data of [without, half]) {
      const blocks = contentsOf(data, picked());
      assert.equal(shown(part(blocks, title), new RegExp(`About ${name}`)), undefined, name);
      assert.equal(words(blocks).includes(`About ${name}`), false, name);
    }
  }
});

test("a question that was not asked, or a guide without a part, leaves its lines out", () => {
  const fewer = made(EVERYBODY, { questions: QUESTIONS.filter(({ id }) => id !== "kpi"), guide: { ...GUIDE, roles: { priority: "first", kpi: "kpi" } } });
  const blocks = contentsOf(fewer, picked());
  assert.deepEqual(part(blocks, /peers/).length, 1);
  assert.deepEqual(part(blocks, /The no/), []);
});

test("without a guide there are still the answers to the questions that she puts there", () => {
  const data = made(EVERYBODY, { guide: null });
  const blocks = contentsOf(data, picked({ questions: ["kpi", "moved"] }));
  assert.deepEqual(blocks.map(({ title }) => title), ["What peers say", "Who answered, and what this cannot show", "How to check"]);
  assert.deepEqual(shown(part(blocks, /peers/), /About moved/), ["TRIAL", "LAW"]);
});

const GROUP = { by: "size", cohort: "small", label: "SMALL" };

test("figures are of her group where all of them are shown, and of everyone elsewhere", () => {
  const data = made([...EVERYBODY, table("kpi", "size", "small", [60, 30, 10]), table("no", "size", "small", [40, null, 20])]);
  assert.deepEqual([...groupsIn(data)], [["About size", [GROUP]]]);
  assert.equal(found(data, "kpi", GROUP)!.group, GROUP);
  assert.equal(found(data, "no", GROUP)!.group, EVERYONE);
  assert.deepEqual(shown(part(contentsOf(data, picked({ group: GROUP })), /peers/), /About kpi/), ["MONEY", "TURNOVER"]);
  assert.match(peersInWords(data, picked({ group: GROUP })), /^Peers: SMALL \(About size\)/);
});

test("what goes with a reason is told where the two were tabled together and all of it is shown", () => {
  const pair = (shares: (number | null)[]) => made([...EVERYBODY, table("said|behind", "", "", shares)]);
  const behind = (data: Data) => part(contentsOf(data, picked()), /The no/).filter((item) => item.kind === "bars" && item.caption.includes("About behind"));
  const [told] = behind(pair([10, 50, 25, 15]));
  assert.deepEqual(told?.kind === "bars" && [told.caption, told.rows.map(({ label }) => label)], ["“COST”, and: About behind (of all who answered both)", ["BELIEF", "FEAR"]]);
  const [without] = behind(pair([10, null, 25, 15]));
  assert.equal(without?.kind === "bars" && without.caption, "About behind");
});

test("the case names neither the society nor anybody, and says how to check it", () => {
  const check = part(everything, /check/);
  assert.match(words([{ title: "", items: check }]), /ffffffffffffffff…/);
  assert.match(words(everything), /About 900 people answered, give or take 20/);
  assert.match(words(contentsOf(made(EVERYBODY, { facts: { ...FACTS, people: null } }), picked())), /How many answered cannot be shown/);
});
