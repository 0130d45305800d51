import assert from "node:assert/strict";
import { test } from "node:test";
import { askForMail, cleanDigits, newMailRequest } from "../src/mail.ts";
import { type MailEligibility, readManifest } from "../src/manifest.ts";
import { deliver, enterByMail, prepare } from "../src/respond.ts";
import { Refused, Unreachable } from "../src/send.ts";
import { Store } from "../src/store.ts";
import { proof, whoMay } from "../src/ui/eligible.ts";
import { FakeArea, newHost, serve, World } from "./world.ts";

const host = await newHost();
const { served, id } = await serve(host);
const round = await readManifest(served, id);
const ADDRESS = "someone@example.org";

/** Asks for a mail, and reads its digits. */
async function mailed(world: World): Promise<[request: string, digits: string]> {
  const request = newMailRequest();
  await askForMail(round, request, ADDRESS, world.net);
  return [request, world.mails.get(request)?.digits ?? ""];
}

test("the digits of a mail give a pass, and nothing of address or digits is kept", async () => {
  const [world, areas] = [new World(served), { tab: new FakeArea(), device: new FakeArea() }];
  const store = new Store("tab", areas);
  await prepare(round, store);
  const [request, digits] = await mailed(world);
  assert.match(request, /^[\w-]{22}$/);
  const kept = await enterByMail(round, request, digits, store, world.net);
  assert.equal(kept.token?.length, 354);
  const lying = [...areas.tab.kept.values(), ...areas.device.kept.values()].join();
  for (const secret of [ADDRESS, digits, request]) assert.ok(!lying.includes(secret));
  await deliver(round, new Map([["team", "beta"]]), store, { keep: false }, world.net);
  assert.equal((await world.tallied(id)).length, 1);
});

test("the address goes to the registrar in a body, and in no address of a request", async () => {
  const world = new World(served);
  await mailed(world);
  const [asked] = world.asked;
  assert.deepEqual([asked?.method, asked?.url], ["POST", `${round.manifest.services.registrar.url}/v1/rounds/${id}/mail-request`]);
});

test("after a lost reply and a reload another mail leads on with the same ticket", async () => {
  const [world, areas] = [new World(served), { tab: new FakeArea(), device: new FakeArea() }];
  await prepare(round, new Store("tab", areas));
  const [request, digits] = await mailed(world);
  world.cut = () => "reply";
  await assert.rejects(enterByMail(round, request, digits, new Store("tab", areas), world.net), Unreachable);
  world.cut = () => null;
  assert.equal(world.addresses.size, 1, "the registrar has signed");
  const again = await mailed(world);
  const kept = await enterByMail(round, ...again, new Store("tab", areas), world.net);
  assert.equal(kept.token?.length, 354);
});

test("another browser gets no second pass for the same address, and wrong digits give none at all", async () => {
  const world = new World(served);
  await enterByMail(round, ...(await mailed(world)), new Store("memory", {}), world.net);
  const refusedAs = async (request: string, digits: string, problem: string) =>
    assert.rejects(
      enterByMail(round, request, digits, new Store("memory", {}), world.net),
      (error) => error instanceof Refused && error.problem === problem,
    );
  await refusedAs(...(await mailed(world)), "used-address");
  await refusedAs((await mailed(world))[0], "00000000", "wrong-mail-code");
});

test("digits are read however they are typed, and only if they can be some", () => {
  for (const typed of ["12345678", "1234 5678", " 1234-5678 "]) assert.equal(cleanDigits(typed), "12345678");
  for (const typed of ["", "1234567", "123456789", "1234567a", "１２３４５６７８"]) assert.equal(cleanDigits(typed), null);
});

test("who may take part is said as the manifest has it", () => {
  const mail: MailEligibility = { domains: [], members_only: false, free_mail: true, per_domain: null };
  const said = (codes: boolean, changes: Partial<MailEligibility> | null) =>
    whoMay({ ...host.manifest, eligibility: { codes, mail: changes && { ...mail, ...changes } } });
  assert.equal(said(true, null), "Whoever has an invitation code from The Society; each code gives one pass. ");
  assert.match(said(false, {}), /^Whoever can read mail at any address; each address gives one pass\. The registrar sees your address while/);
  assert.match(said(false, { domains: ["a.example", "b.example"], per_domain: 3 }), / an address at a\.example or b\.example; .* 3 at most\./);
  assert.match(said(false, { members_only: true, free_mail: false }), / the society has listed, but none at a free-mail provider;/);
  const both = said(true, {});
  assert.ok(both.includes("invitation code") && both.includes("can read mail"));
  assert.equal(proof({ codes: true, mail }), "code or mail address");
});
