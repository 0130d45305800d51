import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url, hexOf } from "../src/bytes.ts";
import { readManifest } from "../src/manifest.ts";
import { openPass, passFile, PassFileFault } from "../src/passfile.ts";
import { deliver, enter, takeBack } from "../src/respond.ts";
import { Store } from "../src/store.ts";
import { CODE, newHost, serve, World } from "./world.ts";

const { served, id } = await serve(await newHost());
const round = await readManifest(served, id);

/** A pass with which something was sent, in memory. */
async function sent(world: World): Promise<Store> {
  const store = new Store("memory", {});
  await enter(round, CODE, store, world.net);
  await deliver(round, new Map([["team", "alpha"]]), store, { keep: true }, world.net);
  return store;
}

function kept(store: Store) {
  const found = store.load(id);
  assert.ok(found);
  return found;
}

test("a pass that was saved as a file takes answers back from another browser", async () => {
  const world = new World(served);
  const other = new Store("memory", {});
  other.save(await openPass(passFile(kept(await sent(world))), round));
  await takeBack(round, other, { keep: true }, world.net);
  assert.deepEqual((await world.tallied(id)).map(({ revision, status }) => [revision, status]), [[2, 1]]);
});

test("a pass file holds no draft, no code, and nothing by which the registrar could tell whose it is", async () => {
  const pass = kept(await sent(new World(served)));
  const file = passFile({ ...pass, code: CODE, draft: [["team", "alpha"]], sealed: new Uint8Array(9) });
  assert.deepEqual(Object.keys(JSON.parse(file)), ["format", "round", "secret", "token", "revision"]);
  for (const secret of [CODE, "alpha", base64url(pass.ticket.blinded), base64url(pass.ticket.inverse), hexOf(pass.ticket.blinded)]) {
    assert.ok(!file.includes(secret));
  }
});

test("a file of another round, and one that is not whole, are told apart and opened neither", async () => {
  const good = JSON.parse(passFile(kept(await sent(new World(served)))));
  const text = (changes: object) => JSON.stringify({ ...good, ...changes });
  const turned = (value: string) => `${value[0] === "A" ? "B" : "A"}${value.slice(1)}`;
  const fault = (otherRound: boolean) => (error: unknown) => error instanceof PassFileFault && error.otherRound === otherRound;
  await assert.rejects(openPass(text({ round: "f".repeat(64) }), round), fault(true));
  const broken = [
    "", "null", "[]", "{", text({}).slice(0, -9), text({ format: "x" }), text({ secret: "AA" }), text({ token: 1 }),
    text({ revision: 0 }), text({ revision: "1" }), text({ secret: turned(good.secret) }), text({ token: turned(good.token) }),
    text({ token: `${good.token.slice(0, -8)}AAAAAAAA` }),
  ];
  for (const file of broken) await assert.rejects(openPass(file, round), fault(false), file.slice(0, 60));
  assert.equal((await openPass(text({ extra: 1 }), round)).revision, good.revision);
});
