import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "../src/codec.ts";
import { hexOf } from "../src/bytes.ts";
import { type Answers, onlyAsked } from "../src/form.ts";
import { readManifest } from "../src/manifest.ts";
import { deliver, draftOf, enter, NoToken, resend, saveDraft, takeBack } from "../src/respond.ts";
import { Refused, Unreachable } from "../src/send.ts";
import { Store } from "../src/store.ts";
import { CODE, FakeArea, newHost, serve, World } from "./world.ts";

const { served, id } = await serve(await newHost());
const round = await readManifest(served, id);
const form = round.manifest.form;
const ALPHA: Answers = new Map<string, string>([["team", "alpha"], ["lead", "no"]]);
const BETA: Answers = new Map<string, string>([["team", "beta"]]);
const record = (answers: Answers) => hexOf(encode(form, onlyAsked(form, answers)));

/** A browser: what it keeps outlives a reload, which is a new Store. */
class Browser {
  readonly areas = { tab: new FakeArea(), device: new FakeArea() };
  store = new Store("tab", this.areas);

  reload(): void {
    this.store = new Store("tab", this.areas);
  }
}

test("a respondent's whole way: one code, one response, nothing left behind", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  await deliver(round, ALPHA, browser.store, { keep: false }, world.net);
  assert.deepEqual(await world.tallied(id), [{ revision: 1, status: 0, record: record(ALPHA) }]);
  assert.deepEqual([...browser.areas.tab.kept.keys()], [`subrosa/sent/${id}`]);
  assert.equal(browser.areas.device.kept.size, 0);
  browser.reload();
  assert.equal(browser.store.load(id), null);
  assert.equal(browser.store.wasSent(id), true);
});

test("no request carries the code but the token request, and none carries an answer", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  await deliver(round, ALPHA, browser.store, { keep: true }, world.net);
  const [first, second] = world.asked;
  assert.equal(world.asked.length, 2);
  assert.equal(first?.headers["Authorization"], `Bearer ${CODE}`);
  assert.deepEqual(Object.keys(second?.headers ?? {}).sort(), ["Authorization", "Content-Type", "Subrosa-Revision"]);
  for (const { url } of world.asked) assert.ok(!url.includes(CODE) && !url.includes("alpha"));
});

test("the ticket is saved before the registrar is asked, and a reload asks with the same one", async () => {
  const [world, browser] = [new World(served), new Browser()];
  let savedAtRequest = false;
  world.cut = () => {
    savedAtRequest ||= browser.areas.tab.getItem(`subrosa/kept/${id}`) !== null;
    return "reply";
  };
  await assert.rejects(enter(round, CODE, browser.store, world.net), Unreachable);
  assert.ok(savedAtRequest);
  browser.reload();
  assert.equal(browser.store.load(id)?.code, CODE);
  world.cut = () => null;
  const kept = await enter(round, CODE, browser.store, world.net);
  assert.equal(kept.token?.length, 354);
  assert.equal(kept.code, null);
  assert.equal(world.codes.size, 1);
});

test("without the ticket that was saved, the same code is refused as used", async () => {
  const world = new World(served);
  await enter(round, CODE, new Browser().store, world.net);
  await assert.rejects(
    enter(round, CODE, new Browser().store, world.net),
    (error) => error instanceof Refused && error.problem === "used-code",
  );
});

test("a mistyped code is not kept, and the right one goes on with the same ticket", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await assert.rejects(enter(round, `${CODE.slice(0, -1)}z`, browser.store, world.net), Refused);
  const before = browser.store.load(id);
  assert.equal(before?.code, null);
  const kept = await enter(round, CODE, browser.store, world.net);
  assert.deepEqual(kept.ticket.secret, before?.ticket.secret);
});

test("once there is a pass, nothing is kept of what the registrar was shown", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  const { ticket } = browser.store.load(id) ?? assert.fail();
  assert.ok([...ticket.blinded, ...ticket.inverse].every((byte) => byte === 0));
});

test("a lost reply to sending changes nothing: one response counts, and a reload sends the same bytes", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  world.cut = (count) => (count > 1 ? "reply" : null);
  await assert.rejects(deliver(round, ALPHA, browser.store, { keep: false }, world.net), Unreachable);
  const stored = [...world.box.values()].map(({ sealed }) => hexOf(sealed));
  browser.reload();
  world.cut = () => null;
  const done = await resend(round, browser.store, { keep: false }, world.net);
  assert.equal(done, "sent");
  assert.deepEqual([...world.box.values()].map(({ sealed }) => hexOf(sealed)), stored);
  assert.deepEqual(await world.tallied(id), [{ revision: 1, status: 0, record: record(ALPHA) }]);
  assert.equal(await resend(round, browser.store, { keep: false }, world.net), null);
});

test("the network may be cut at any request: one response counts in the end", async () => {
  for (const at of [1, 2, 3, 4, 5, 6]) {
    for (const how of ["request", "reply"] as const) {
      const [world, browser] = [new World(served), new Browser()];
      world.cut = (count) => (count === at ? how : null);
      await enter(round, CODE, browser.store, world.net);
      await deliver(round, ALPHA, browser.store, { keep: true }, world.net);
      await deliver(round, BETA, browser.store, { keep: true }, world.net);
      assert.deepEqual(await world.tallied(id), [{ revision: 2, status: 0, record: record(BETA) }]);
    }
  }
});

test("answers can be changed and taken back where the token is kept", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  browser.store.move("device");
  await deliver(round, ALPHA, browser.store, { keep: true }, world.net);
  browser.reload();
  await deliver(round, BETA, browser.store, { keep: true }, world.net);
  assert.deepEqual(await world.tallied(id), [{ revision: 2, status: 0, record: record(BETA) }]);
  const lengths = [...world.box.values()].map(({ sealed }) => sealed.length);
  await takeBack(round, browser.store, { keep: false }, world.net);
  assert.deepEqual(await world.tallied(id), [{ revision: 3, status: 1, record: record(new Map()) }]);
  assert.deepEqual([...world.box.values()].map(({ sealed }) => sealed.length), lengths);
  assert.equal(browser.areas.device.kept.size, 0);
});

test("a double click sends twice and counts once", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  const click = () => deliver(round, ALPHA, browser.store, { keep: true }, world.net);
  await Promise.all([click(), click()]);
  const [response, ...more] = await world.tallied(id);
  assert.equal(more.length, 0);
  assert.equal(response?.record, record(ALPHA));
});

test("an older state of this device, from a file, still changes the answers", async () => {
  const [world, browser, other] = [new World(served), new Browser(), new Browser()];
  const kept = await enter(round, CODE, browser.store, world.net);
  other.store.save(kept);
  for (let change = 0; change < 12; change++) {
    await deliver(round, ALPHA, browser.store, { keep: true }, world.net);
  }
  const before = world.asked.length;
  await deliver(round, BETA, other.store, { keep: true }, world.net);
  assert.equal((await world.tallied(id))[0]?.record, record(BETA));
  assert.ok(world.asked.length - before <= 4, "it takes larger and larger steps");
});

test("a late repetition of older answers does not undo newer ones, says so, and leaves her the pass", async () => {
  const [world, browser, other] = [new World(served), new Browser(), new Browser()];
  const kept = await enter(round, CODE, browser.store, world.net);
  other.store.save(kept);
  world.cut = (count) => (count > 1 ? "request" : null);
  await assert.rejects(deliver(round, ALPHA, other.store, { keep: true }, world.net), Unreachable);
  world.cut = () => null;
  await deliver(round, BETA, browser.store, { keep: true }, world.net);
  await deliver(round, BETA, browser.store, { keep: true }, world.net);
  assert.equal(await resend(round, other.store, { keep: false }, world.net), "overtaken");
  assert.equal((await world.tallied(id))[0]?.record, record(BETA));
  await deliver(round, ALPHA, other.store, { keep: false }, world.net);
  assert.deepEqual((await world.tallied(id)).map((one) => one.record), [record(ALPHA)]);
});

test("a resend that meets other answers of hers under the same revision comes to an end, and one response counts", async () => {
  const [world, browser, other] = [new World(served), new Browser(), new Browser()];
  other.store.save(await enter(round, CODE, browser.store, world.net));
  world.cut = (count) => (count > 1 ? "request" : null);
  await assert.rejects(deliver(round, ALPHA, browser.store, { keep: true }, world.net), Unreachable);
  world.cut = () => null;
  await deliver(round, BETA, other.store, { keep: true }, world.net);
  browser.reload();
  assert.equal(await resend(round, browser.store, { keep: false }, world.net), "overtaken");
  assert.deepEqual(await world.tallied(id), [{ revision: 1, status: 0, record: record(BETA) }]);
  browser.reload();
  assert.equal(await resend(round, browser.store, { keep: false }, world.net), null);
  await takeBack(round, browser.store, { keep: false }, world.net);
  assert.deepEqual((await world.tallied(id)).map((one) => one.status), [1]);
});

test("after a reload she knows whether it was an answer or a withdrawal that was on its way", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  await deliver(round, ALPHA, browser.store, { keep: true }, world.net);
  assert.equal(browser.store.load(id)?.withdrawn, false);
  world.cut = () => "request";
  await assert.rejects(takeBack(round, browser.store, { keep: true }, world.net), Unreachable);
  browser.reload();
  const waiting = browser.store.load(id);
  assert.deepEqual([waiting?.sent, waiting?.withdrawn], [false, true]);
  world.cut = () => null;
  assert.equal(await resend(round, browser.store, { keep: true }, world.net), "sent");
  browser.reload();
  assert.deepEqual([browser.store.load(id)?.sent, browser.store.load(id)?.withdrawn], [true, true]);
});

test("two tabs that share a pass on the device take turns, and the later one goes on from what the earlier one left", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  browser.store.move("device");
  await deliver(round, ALPHA, browser.store, { keep: true }, world.net);
  const second = new Store("tab", browser.areas);
  second.load(id);
  const before = world.asked.length;
  await deliver(round, BETA, browser.store, { keep: true }, world.net);
  await deliver(round, ALPHA, second, { keep: true }, world.net);
  assert.equal(world.asked.length - before, 2, "nobody was outbid");
  assert.deepEqual(await world.tallied(id), [{ revision: 3, status: 0, record: record(ALPHA) }]);
  browser.store.forget(id);
  await assert.rejects(deliver(round, BETA, second, { keep: true }, world.net), NoToken);
  assert.equal(browser.areas.device.kept.size, 0, "what one tab has deleted, the other does not bring back");
});

test("two tabs that send at the same moment wait for each other: neither is outbid", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  browser.store.move("device");
  const [one, other] = [new Store("tab", browser.areas), new Store("tab", browser.areas)];
  const before = world.asked.length;
  await withLocks(async () => {
    const sending = [ALPHA, BETA].map((answers, tab) => deliver(round, answers, tab ? other : one, { keep: true }, world.net));
    await Promise.all(sending);
  });
  assert.equal(world.asked.length - before, 2);
  assert.deepEqual(await world.tallied(id), [{ revision: 2, status: 0, record: record(BETA) }]);
});

test("a browser that refuses locks sends all the same, and what fails under a lock is not tried twice", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  await withLocks(
    async () => void (await deliver(round, ALPHA, browser.store, { keep: true }, world.net)),
    () => Promise.reject(new DOMException("no storage", "SecurityError")),
  );
  assert.deepEqual(await world.tallied(id), [{ revision: 1, status: 0, record: record(ALPHA) }]);
  const before = world.asked.length;
  world.answers = () => new Response('{"type":"urn:subrosa:problem:closed","detail":"x"}', { status: 403 });
  await withLocks(() => assert.rejects(deliver(round, BETA, browser.store, { keep: true }, world.net), Refused));
  assert.equal(world.asked.length - before, 1);
});

/** The browser's locks, as far as they are used: one holder of a name at a time, in order. */
async function withLocks(work: () => Promise<void>, refuse?: () => Promise<never>): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const last = new Map<string, Promise<unknown>>();
  const request = (name: string, held: () => Promise<unknown>) => {
    if (refuse) return refuse();
    const mine = (last.get(name) ?? Promise.resolve()).then(held);
    last.set(name, mine.catch(() => null));
    return mine;
  };
  Object.defineProperty(globalThis, "navigator", { value: { locks: { request } }, configurable: true });
  try {
    await work();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else delete (globalThis as { navigator?: unknown }).navigator;
  }
}

test("a closed round is told as such, and what is on the device stays", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  world.answers = () => new Response('{"type":"urn:subrosa:problem:closed","detail":"x"}', { status: 403 });
  await assert.rejects(
    deliver(round, ALPHA, browser.store, { keep: false }, world.net),
    (error) => error instanceof Refused && error.problem === "closed",
  );
  assert.notEqual(browser.store.load(id)?.token, null);
});

test("nothing can be sent before the code was entered", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await assert.rejects(deliver(round, ALPHA, browser.store, { keep: true }, world.net), NoToken);
  await assert.rejects(takeBack(round, browser.store, { keep: true }, world.net), NoToken);
  assert.throws(() => saveDraft(round, ALPHA, browser.store), NoToken);
  assert.equal(world.asked.length, 0);
});

test("a draft comes back after a reload, without what is not asked", async () => {
  const [world, browser] = [new World(served), new Browser()];
  await enter(round, CODE, browser.store, world.net);
  saveDraft(round, new Map([...ALPHA, ["mood", 1]]), browser.store);
  browser.reload();
  const kept = browser.store.load(id);
  assert.ok(kept);
  assert.deepEqual(draftOf(round, kept), new Map(ALPHA));
  assert.deepEqual(draftOf(round, { ...kept, draft: [["team", "none"]] }), new Map());
  assert.deepEqual(draftOf(round, { ...kept, draft: ["team"] as never }), new Map());
});

