/** The case itself: each part follows from the published figures and the guide, and is left out where they do not bear it. */

import { text } from "../form.ts";
import { bars, type Block, commonest, type Item, type Picks, present, rowsOf } from "./blocks.ts";
import { type Data, type Entry, optionsOf, playing, questionIn } from "./data.ts";
import { EVERYONE, foundSome } from "./figures.ts";
import { type Standing, standingOf } from "./stand.ts";

const MOST = 3;
const STANDINGS = 5; // on the side; the page lists all of them

export function contentsOf(data: Data, picks: Picks): Block[] {
  const parts = [peers, morePeers, standings, theNo, theMove, theTest, about, check];
  return parts.map((part) => part(data, picks)).filter(({ items }) => items.length > 0);
}

/** Who is meant by peers, in the words of the form. */
export function peersInWords(data: Data, { group }: Picks): string {
  if (group === EVERYONE) return "Peers: everyone who answered.";
  const questions = group.by.split(",").map((id) => text(questionIn(data, id)?.label ?? id));
  return `Peers: ${group.label} (${questions.join(" · ")}). What is marked “everyone” cannot be shown of them alone.`;
}

/** What somebody told for each of her questions, those that carry the case first. */
export function standingsOf(data: Data, picks: Picks): Standing[] {
  const first = [playing(data, "priority")?.id, playing(data, "kpi")?.id].filter((id) => id !== undefined);
  const rest = data.questions.map(({ id }) => id).filter((id) => !first.includes(id));
  return [...first, ...rest].flatMap((id) => {
    const [question, answer] = [questionIn(data, id), picks.answers.get(id)];
    return question === undefined || answer === undefined ? [] : [standingOf(data, question, answer, picks.group)];
  });
}

/** The reason that she expects to hear: hers, or the one that is given most. */
export function reasonOf(data: Data, picks: Picks): string | undefined {
  return picks.reason || commonest(data, playing(data, "no_said"), picks.group);
}

export function moveOf(data: Data, picks: Picks): string | undefined {
  return picks.move || commonest(data, playing(data, "move"), picks.group);
}

/** The entry of the guide that she chose, or else that of her priority, of her peers', or of the no. */
export function entryOf(data: Data, picks: Picks): Entry | undefined {
  const entries = data.guide?.entries ?? [];
  if (picks.entry !== null) return entries[picks.entry];
  const priority = playing(data, "priority");
  const wanted = [
    [priority?.id, mine(picks, priority?.id)],
    [priority?.id, commonest(data, priority, picks.group)],
    [playing(data, "no_said")?.id, reasonOf(data, picks)],
    [playing(data, "hazards")?.id, commonest(data, playing(data, "hazards"), picks.group)],
  ];
  const fitting = wanted.map(([question, answer]) => entries.find((one) => one.question === question && one.answer === answer));
  return fitting.find((one) => one !== undefined);
}

function mine({ answers }: Picks, id: string | undefined): string | undefined {
  const answer = id === undefined ? undefined : answers.get(id);
  return ([answer].flat(2) as (string | number | undefined)[]).map((one) => (one === undefined ? undefined : `${one}`))[0];
}

function peers(data: Data, picks: Picks): Block {
  const [priority, kpi, hazards] = (["priority", "kpi", "hazards"] as const).map((role) => playing(data, role));
  if (priority === undefined && kpi === undefined) return { title: "What weighs on peers", items: ranked(data, picks, [hazards]) };
  return { title: "What peers are after", items: ranked(data, picks, [priority, kpi]) };
}

/** Further questions that she puts there herself; without a guide, nothing else says which carry a case. */
function morePeers(data: Data, picks: Picks): Block {
  return { title: "What peers say", items: ranked(data, picks, picks.questions.map((id) => questionIn(data, id))) };
}

function ranked(data: Data, picks: Picks, questions: readonly ReturnType<typeof questionIn>[]): Item[] {
  return present(questions.map((one) => bars(data, one, picks.group, { most: MOST, mine: [mine(picks, one?.id), "ours"] })));
}

function standings(data: Data, picks: Picks): Block {
  const told = standingsOf(data, picks).filter(({ lines }) => lines.length > 0);
  const lines = told.slice(0, STANDINGS).map(({ question, said, group, lines }): Item => {
    return { kind: "text", lead: text(question.label), text: `${said}. ${lines.join(" ")}`, whose: group };
  });
  const own: Item[] = picks.own ? [{ kind: "text", lead: "Our own figure", text: picks.own }] : [];
  return { title: "Where we stand", items: [...own, ...lines] };
}

function theNo(data: Data, picks: Picks): Block {
  const [no, said, behind, moved] = (["no", "no_said", "no_behind", "moved"] as const).map((role) => playing(data, role));
  // What counts as a no is what leads to the question after its reason.
  const rule = said?.show_if ?? behind?.show_if;
  const only = rule !== undefined && rule.question === no?.id ? { only: rule.any_of } : {};
  const reason = reasonOf(data, picks);
  const cares = data.guide?.entries.find((one) => one.question === said?.id && one.answer === reason)?.cares;
  const items = [
    bars(data, no, picks.group, { most: 2, ...only }),
    bars(data, said, picks.group, { most: MOST, mine: [picks.reason || undefined, "expected"] }),
    pairOf(data, picks, said?.id, reason, behind?.id) ?? bars(data, behind, picks.group, { most: MOST }),
    bars(data, moved, picks.group, { most: MOST }),
    cares !== undefined && cares !== "" && reason !== undefined && said !== undefined
      ? ({ kind: "text", lead: `Behind “${labelIn(data, said.id, reason)}”`, text: cares } as const)
      : null,
  ];
  return { title: "The no you will hear, and what moved others", items: present<Item>(items) };
}

/** Where two questions were tabled together: what goes with one answer of the first. Shares are of all who answered both. */
function pairOf(data: Data, picks: Picks, one: string | undefined, answer: string | undefined, other: string | undefined): Item | null {
  if (one === undefined || answer === undefined || other === undefined) return null;
  const name = `${one}|${other}`;
  const some = foundSome(data, name, picks.group);
  if (some === null) return null;
  const known = rowsOf(data, name, some).filter(({ id }) => id.startsWith(`${answer}|`));
  const complete = optionsOf(data, other).length === known.length;
  const rows = known.sort((a, b) => b.figure.share - a.figure.share).slice(0, MOST);
  const labels = rows.map((row) => ({ ...row, label: labelIn(data, other, row.id.slice(answer.length + 1)) }));
  const caption = `“${labelIn(data, one, answer)}”, and: ${text(questionIn(data, other)!.label)} (of all who answered both)`;
  return complete ? { kind: "bars", caption, whose: some.group, rows: labels } : null;
}

function labelIn(data: Data, name: string, id: string): string {
  return optionsOf(data, name).find((one) => one.id === id)?.label ?? id;
}

function theMove(data: Data, picks: Picks): Block {
  const [move, helped] = [playing(data, "move"), playing(data, "move_helped")];
  const [id, entry] = [moveOf(data, picks), entryOf(data, picks)];
  const tried = id === undefined ? null : bars(data, move, picks.group, { most: 1, only: [id] });
  const both = pairOf(data, picks, move?.id, id, helped?.id);
  const any = bars(data, helped, picks.group, { most: MOST + 1 });
  const overall = any?.kind === "bars" ? { ...any, caption: `${any.caption} (whatever they had tried)` } : null;
  return { title: "One small move", items: present<Item>([...moveTexts(data, entry), tried, both ?? overall]) };
}

function moveTexts(data: Data, entry: Entry | undefined): Item[] {
  if (entry === undefined) return [];
  const why = entry.cares === "" ? [] : [{ kind: "text", lead: "Why they would care", text: entry.cares } as const];
  const evidence = entry.evidence.map(({ source, at, says }): Item => {
    const from = data.guide?.sources[source];
    const name = from?.name ?? source;
    const year = from !== undefined && !name.includes(`${from.year}`) ? from.year : "";
    const place = [name, at, year].filter(Boolean).join(", ");
    return { kind: "text", text: `${says} (${place})`, small: true };
  });
  return [{ kind: "text", lead: "The move", text: entry.move }, ...why, ...evidence];
}

function theTest(data: Data, picks: Picks): Block {
  const entry = entryOf(data, picks);
  const parts = [
    ["What we measure", entry?.measure],
    ["What it costs", entry?.cost],
    ["When we stop", entry?.stop],
  ] as const;
  const items = parts.flatMap(([lead, words]): Item[] => (words ? [{ kind: "text", lead, text: words }] : []));
  return { title: "A test of thirty days", items, boxed: true };
}

function about({ facts }: Data): Block {
  const who = facts.people === null ? "How many answered cannot be shown" : `About ${facts.people} people answered, give or take ${facts.within}`;
  const how = facts.external
    ? `The answers were measured on ${facts.day}; how they were collected is not known here.`
    : `The survey closed on ${facts.day}; answers were given without names.`;
  const limits =
    "After each figure stands the range in which it lies with 95 % confidence, the noise that protects people counted in and, " +
    "if those who answered were a random sample, chance; where ranges overlap, which is more common is not certain. Nobody knows " +
    "whether those who did not answer would say the same. This shows what people say, not what causes what, and one " +
    `organisation may differ. Nothing is shown of groups with perhaps fewer than ${facts.minimum} answers, or where noise alone is too large.`;
  return {
    title: "Who answered, and what this cannot show",
    items: [
      { kind: "text", text: `${who}. ${how}`, small: true },
      { kind: "text", text: limits, small: true },
    ],
  };
}

function check({ facts }: Data): Block {
  const words =
    `Every figure is in the signed release of ${facts.external ? "measurement" : "round"} ${facts.round.slice(0, 16)}…, ` +
    `whose folder anybody may check with “subrosa verify”. The signer’s key has the fingerprint ${facts.fingerprint.replace(/(.{8})(?=.)/g, "$1 ")}.`;
  return { title: "How to check", items: [{ kind: "text", text: words, small: true }] };
}
