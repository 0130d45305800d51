import assert from "node:assert/strict";
import { test } from "node:test";

import { type Answer, questionOf } from "../src/form.ts";
import { type Earlier, groupsOf, readTables, saidIn } from "../src/place.ts";
import { vectors } from "./vectors.ts";

const { form, people, tables, usable } = vectors("place");
const ALL = form.page.flatMap((page: any) => page.question.map((question: any) => question.id));
const EARLIER: Earlier = { round: "", questions: ALL, usable };
const [HEAD, FIRST, ...REST] = tables.split("\n");

function place(person: any, earlier: Earlier = EARLIER): Map<string, any> {
  const answers = new Map<string, Answer>(Object.entries(person.answers));
  const groups = (id: string) => groupsOf(questionOf(form, id)!, answers, readTables(tables), earlier);
  return new Map([...answers.keys()].map((id) => [id, groups(id)]));
}

function published({ shown, share, low, high }: any): object {
  return shown ? { shown, share, low, high } : { shown };
}

/** Counts are published to one decimal, and margins are rounded up to whole points where they are shown. */
function near(found: number, expected: number, what: string): void {
  assert.ok(Math.abs(found - expected) < 0.002, `${what}: ${found} and not ${expected}`);
}

function sameBand(band: any, expected: any, what: string): void {
  assert.equal(band === null, expected.band === null, what);
  if (band === null) return;
  near(band[0], expected.band.from, what);
  near(band[1], expected.band.to, what);
  near(band[2], expected.margin, what);
}

test("a place in an earlier release is the one that its measurement gives by the formulas of releases", () => {
  let seen = 0;
  for (const person of people) {
    const found = place(person);
    assert.deepEqual([...found.keys()], Object.keys(person.place));
    for (const [id, expected] of Object.entries<any>(person.place)) {
      const groups = found.get(id);
      assert.deepEqual(groups.map(({ by }: any) => by), expected.map(({ by }: any) => by), id);
      groups.forEach((group: any, index: number) => {
        const cells = group.cells.map(({ shown, share, low, high }: any) => (shown ? { shown, share, low, high } : { shown }));
        assert.deepEqual(cells, expected[index].cells.map(published), `${id} by ${group.by}`);
        assert.deepEqual([saidIn(questionOf(form, id)!, person.answers[id])].flat(2).map(String), expected[index].cells.map(({ answer }: any) => answer));
        if ("band" in expected[index]) sameBand(group.band, expected[index], `${id} by ${group.by}`);
        else assert.equal(group.band, undefined);
        seen += 1;
      });
    }
  }
  assert.ok(seen > 100);
});

test("a group is hers only by questions that were asked identically and that she answered", () => {
  const person = people.find(({ answers }: any) => "team" in answers && "lead" in answers && "mood" in answers);
  const sets = (found: Map<string, any>) => found.get("mood").map(({ by }: any) => by.join(","));
  assert.deepEqual(sets(place(person)), ["", "team", "team,lead"]);
  assert.deepEqual(sets(place(person, { ...EARLIER, questions: ["mood", "team"] })), ["", "team"]);
  const { team: _, ...others } = person.answers;
  assert.deepEqual(sets(place({ answers: others })), [""]);
});

test("a place with a wider margin than the round shows is no place", () => {
  const [person] = people.filter(({ answers, place: { mood } }: any) => answers.mood > 1 && answers.mood < 5 && mood[0].band !== null);
  const { margin } = person.place.mood[0];
  assert.notEqual(place(person, { ...EARLIER, usable: margin + 0.001 }).get("mood")[0].band, null);
  assert.equal(place(person, { ...EARLIER, usable: margin - 0.001 }).get("mood")[0].band, null);
});

test("further rows of a cell, modelled or weighted, are passed over and change no place", () => {
  const place = FIRST.split(",").slice(0, 5).join();
  const further = [`${place},0.5,0.4,0.6,,,,weighted,shown`, `${place},,,,,,,weighted,uncertain`, `${place},0.5,0.4,0.6,9.0,,,modelled,shown`];
  assert.deepEqual(readTables([HEAD, FIRST, ...further, ...REST].join("\n")), readTables(tables));
  assert.throws(() => readTables([HEAD, FIRST, `${place},0.5,0.4,0.6,,,,another,shown`, ...REST].join("\n")), RangeError);
});

test("the tables of a release are read whole or not at all", () => {
  assert.equal(readTables(tables).size, tables.split("\n").length - 2);
  const broken: [string, string][] = [
    ["nothing", ""],
    ["another document", "<!doctype html>\n"],
    ["columns in another order", tables.replace("share,low", "low,share")],
    ["a column more", tables.replaceAll("\n", ",\n")],
    ["a cut end", tables.slice(0, -1)],
    ["carriage returns", tables.replaceAll("\n", "\r\n")],
    ["an empty line", [HEAD, FIRST, "", ...REST].join("\n")],
    ["a row twice", [HEAD, FIRST, FIRST, ...REST].join("\n")],
    ["a word for a number", [HEAD, FIRST.replace("1.0000", "many"), ...REST].join("\n")],
  ];
  for (const [what, csv] of broken) assert.throws(() => readTables(csv), RangeError, what);
});
