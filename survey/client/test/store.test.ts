import assert from "node:assert/strict";
import { test } from "node:test";
import { fromText, type Kept, Store, toText } from "../src/store.ts";
import { FakeArea } from "./world.ts";

const id = "0123456789abcdef".repeat(4);
const KEPT: Kept = {
  roundId: id,
  code: "abcde",
  ticket: { secret: filled(32, 1), inverse: filled(256, 2), blinded: filled(256, 3) },
  token: filled(354, 4),
  revision: 7,
  sealed: filled(1191, 255),
  sent: false,
  withdrawn: false,
  draft: [["team", "alpha"], ["tools", ["saw"]], ["mood", 2]],
};

function filled(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

function areas(): { tab: FakeArea; device: FakeArea } {
  return { tab: new FakeArea(), device: new FakeArea() };
}

test("what is kept comes back the same, after a reload and from a file", () => {
  const here = areas();
  new Store("tab", here).save(KEPT);
  assert.deepEqual(new Store("tab", here).load(id), KEPT);
  assert.deepEqual(fromText(toText(KEPT)), KEPT);
  const bare: Kept = { ...KEPT, code: null, token: null, sealed: null, draft: null, revision: 0 };
  assert.deepEqual(fromText(toText(bare)), bare);
});

test("a file that was not written by this client is refused", () => {
  const good = JSON.parse(toText(KEPT));
  const { ticket } = good;
  const bad = [
    { format: "other" }, { roundId: "x" }, { ticket: null }, { ticket: { ...ticket, secret: "bytes:AA" } },
    { ticket: { ...ticket, secret: null } }, { ticket: { ...ticket, blinded: undefined } }, { token: "bytes:AA" }, { token: 1 },
    { revision: -1 }, { revision: "1" }, { sent: 1 }, { code: 1 }, { draft: "!" }, { withdrawn: 0 }, { sealed: "bytes:!" },
  ];
  for (const change of bad) {
    assert.equal(fromText(JSON.stringify({ ...good, ...change })), null, JSON.stringify(change));
  }
  for (const text of ["", "null", "[]", "{", "1"]) assert.equal(fromText(text), null);
});

test("each place is really that place and no other", () => {
  for (const place of ["memory", "tab", "device"] as const) {
    const here = areas();
    new Store(place, here).save(KEPT);
    assert.equal(here.tab.length, place === "tab" ? 1 : 0);
    assert.equal(here.device.length, place === "device" ? 1 : 0);
  }
});

test("moving leaves nothing in the old place", () => {
  const here = areas();
  const store = new Store("tab", here);
  store.save(KEPT);
  assert.equal(store.move("device"), "device");
  assert.deepEqual([here.tab.length, here.device.length], [0, 1]);
  assert.equal(store.move("memory"), "memory");
  assert.deepEqual([here.tab.length, here.device.length], [0, 0]);
  assert.deepEqual(store.load(id), KEPT);
});

test("moving touches no other round that is kept here", () => {
  const here = areas();
  const other = { ...KEPT, roundId: "f".repeat(64) };
  new Store("device", here).save(other);
  const store = new Store("tab", here);
  store.save(KEPT);
  store.move("memory");
  assert.deepEqual(new Store("tab", here).load(other.roundId), other);
});

test("what was kept on the device is found by a store of the tab, and stays on the device", () => {
  const here = areas();
  new Store("device", here).save(KEPT);
  const store = new Store("tab", here);
  assert.deepEqual(store.load(id), KEPT);
  assert.equal(store.place, "device");
});

test("a browser that refuses to keep anything leaves memory, and the store says so", () => {
  const here = areas();
  here.tab.broken = true;
  const store = new Store("tab", here);
  store.save(KEPT);
  assert.equal(store.place, "memory");
  assert.deepEqual(store.load(id), KEPT);
  const none = new Store("device", {});
  none.save(KEPT);
  assert.equal(none.place, "memory");
  assert.deepEqual(none.load(id), KEPT);
});

test("forgetting and wiping leave nothing, but what is not ours", () => {
  const here = areas();
  here.tab.setItem("other", "1");
  const store = new Store("tab", here);
  store.save(KEPT);
  store.forget(id);
  assert.equal(store.load(id), null);
  store.save(KEPT);
  store.markSent(id);
  assert.ok(store.wasSent(id));
  store.wipe();
  assert.equal(store.wasSent(id), false);
  assert.deepEqual([...here.tab.kept.keys()], ["other"]);
});

test("what was kept of another round, or broken, is not taken for this one", () => {
  const here = areas();
  here.tab.setItem(`subrosa/kept/${id}`, toText({ ...KEPT, roundId: "f".repeat(64) }));
  assert.equal(new Store("tab", here).load(id), null);
  here.tab.setItem(`subrosa/kept/${id}`, "{");
  assert.equal(new Store("tab", here).load(id), null);
});

test("a pass is deleted once its round has ended or is listed no more, and never while it may still be needed", () => {
  const rounds: [string, Partial<Kept>, string | undefined, boolean][] = [
    ["a", { sent: true }, "open", true],
    ["b", { sent: false }, "open", true],
    ["c", { sent: true }, "closed", false],
    ["d", { sent: false }, "closed", false],
    ["e", { sent: true }, "cancelled", false],
    ["f", { sent: true }, undefined, false],
    ["0", { sent: false }, undefined, true],
    ["1", { sent: true }, "not-yet-open", true],
  ];
  for (const place of ["tab", "device"] as const) {
    const here = areas();
    for (const [digit, changes] of rounds) new Store(place, here).save({ ...KEPT, ...changes, roundId: digit.repeat(64) });
    here[place].setItem("other", "1");
    new Store("tab", here).tidy((roundId) => rounds.find(([digit]) => digit === roundId[0])?.[2]);
    for (const [digit, , phase, stays] of rounds) {
      assert.equal(new Store("tab", here).load(digit.repeat(64)) !== null, stays, `${digit} ${phase} in the ${place}`);
    }
    assert.equal(here[place].getItem("other"), "1");
  }
});

test("when a round is over not even the mark stays", () => {
  const here = areas();
  const store = new Store("tab", here);
  store.save(KEPT);
  store.markSent(id);
  store.end(id);
  assert.deepEqual([store.load(id), store.wasSent(id), here.tab.length], [null, false, 0]);
});

test("what another tab has changed on the device is what a store finds", () => {
  const here = areas();
  const [one, other] = [new Store("device", here), new Store("device", here)];
  one.save(KEPT);
  assert.equal(other.load(id)?.revision, 7);
  one.save({ ...KEPT, revision: 8 });
  assert.equal(other.load(id)?.revision, 8);
  one.forget(id);
  assert.equal(other.load(id), null);
});

test("a store that is confined to memory neither sees nor touches what somebody else keeps on the device", () => {
  const here = areas();
  const mine = new Store("tab", here);
  mine.save({ ...KEPT, token: null });
  new Store("device", { tab: new FakeArea(), device: here.device }).save({ ...KEPT, revision: 9 });
  mine.confine();
  assert.equal(mine.load(id)?.token, null);
  mine.save({ ...KEPT, revision: 1 });
  assert.equal(mine.load(id)?.revision, 1);
  assert.equal(here.tab.kept.size, 0);
  assert.equal(new Store("tab", here).load(id)?.revision, 9);
});
