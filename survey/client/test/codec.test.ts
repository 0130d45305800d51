import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, hexOf } from "../src/bytes.ts";
import { decode, encode, InvalidAnswer, InvalidRecord, recordLength, slots } from "../src/codec.ts";
import { type Answer, answerIds, type Answers, asked, type Form, onlyAsked, questionOf } from "../src/form.ts";
import { vectors } from "./vectors.ts";

const { forms, invalid_answers: refused } = vectors("records");
const everyKind: Form = forms[0].form;

function answersOf(plain: Record<string, Answer>): Answers {
  return new Map(Object.entries(plain));
}

function breaks(form: Form, record: string): string {
  try {
    decode(form, fromHex(record));
  } catch (error) {
    assert.ok(error instanceof InvalidRecord);
    return error.question;
  }
  return assert.fail(`this record should break the form: ${record}`);
}

test("records have the length and places of the vectors", () => {
  for (const vector of forms) {
    assert.equal(recordLength(vector.form), vector.length);
    assert.deepEqual(Object.fromEntries(slots(vector.form)), vector.slots);
  }
});

test("answers have the ids of the vectors", () => {
  for (const vector of forms) {
    for (const [id, ids] of Object.entries(vector.answer_ids)) {
      const question = questionOf(vector.form, id);
      assert.ok(question);
      assert.deepEqual(answerIds(question), ids);
    }
  }
});

test("the same answers give the same record bytes as in Python, and come back from them", () => {
  let checked = 0;
  for (const { form, valid } of forms) {
    for (const { answers, record } of valid) {
      assert.equal(hexOf(encode(form, answersOf(answers))), record);
      assert.equal(hexOf(encode(form, decode(form, fromHex(record)))), record);
      checked++;
    }
  }
  assert.ok(checked > 20);
});

test("a record that breaks its form breaks it at the question of the vectors", () => {
  for (const { form, invalid } of forms) {
    for (const vector of invalid) assert.equal(breaks(form, vector.record), vector.breaks, vector.reason);
  }
});

test("mutated records are judged as Python judges them", () => {
  for (const { form, judged } of forms) {
    for (const vector of judged) {
      if ("breaks" in vector) assert.equal(breaks(form, vector.record), vector.breaks);
      else assert.deepEqual(Object.fromEntries(decode(form, fromHex(vector.record))), vector.answers);
    }
  }
});

test("a record of another length is refused as a whole", () => {
  const length = recordLength(everyKind);
  for (const other of [0, length - 1, length + 1]) assert.equal(breaks(everyKind, "00".repeat(other)), "");
});

test("the refused answers of the vectors are refused, at the same question", () => {
  for (const { form, answers, question, reason } of refused) {
    const named = forms.find((vector: any) => vector.form.id === form);
    assert.throws(
      () => encode(named.form, answersOf(answers)),
      (error) => error instanceof InvalidAnswer && error.question === question,
      reason,
    );
  }
});

test("answers that are not in the form are refused without repeating them", () => {
  const cases: [string, unknown][] = [
    ["team", "delta"], ["team", 1], ["team", "__proto__"], ["mood", 3], ["mood", "1"], ["mood", 0.5],
    ["tools", "saw"], ["tools", ["saw", "saw"]], ["tools", ["none", "saw"]],
    ["tools", ["saw", "axe", "drill", "plane"]],
    ["first_things", ["a", "a"]], ["first_things", ["a", "x"]], ["tired", "2"], ["pay", "1-2"],
    ["okrs", [["grow", "churn"]]], ["okrs", [["keep", "churn", "done"], ["keep", "churn", "late"]]],
    ["other", "x"],
  ];
  for (const [id, answer] of cases) {
    const answers = new Map([["team", "alpha"], ["lead", "yes"], [id, answer as Answer]]);
    assert.throws(() => encode(everyKind, answers), (error) => {
      assert.ok(error instanceof InvalidAnswer && error.question === id, id);
      return true;
    });
  }
});

test("what was answered but is no longer asked is refused by encode and left out by onlyAsked", () => {
  const answers = answersOf({ team: "beta", lead: "yes", mood: 2 });
  assert.deepEqual([...asked(everyKind, answers)].filter((id) => ["lead", "mood"].includes(id)), []);
  assert.throws(() => encode(everyKind, answers), InvalidAnswer);
  assert.deepEqual([...onlyAsked(everyKind, answers).keys()], ["team"]);
  encode(everyKind, onlyAsked(everyKind, answers));
});
