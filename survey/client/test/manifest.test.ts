import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../src/bytes.ts";
import { canonical } from "../src/canonical.ts";
import { closesAt, loadStatement, phaseOf } from "../src/closing.ts";
import { loadManifest, ManifestMismatch, readManifest, type Round } from "../src/manifest.ts";
import { Refused, Unreachable } from "../src/send.ts";
import { INTAKE, newHost, REGISTRAR, reply, serve, sign, World } from "./world.ts";

const host = await newHost();
const { served, id } = await serve(host);

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof ManifestMismatch, String(error));
    return error.message;
  }
  return "none";
}

test("a manifest that fits its id, its signature and its form is read", async () => {
  const round = await readManifest(served, id);
  assert.equal(round.id, id);
  assert.equal(round.manifest.society, "The Society");
  assert.equal(round.modulus.length, 256);
});

test("a manifest of another round is refused", async () => {
  assert.equal(await reasonOf(readManifest(served, "0".repeat(64))), "other-round");
});

test("a manifest that its host did not sign is refused", async () => {
  const other = await newHost();
  const forged = canonical({ manifest: host.manifest, signature: await sign(other.keys, host.manifest) });
  assert.equal(await reasonOf(readManifest(forged, id)), "signature");
});

test("a manifest with characters that are not seen is none: some turn the direction of reading", async () => {
  for (const society of ["every\u202eone", "every\u200bone", "every\none", "every\u2028one"]) {
    const manifest = { ...host.manifest, society };
    const forged = canonical({ manifest, signature: await sign(host.keys, manifest) });
    assert.equal(await reasonOf(readManifest(forged, id)), "not-a-manifest");
  }
});

test("a form that does not fit its digest is refused, though all of it is signed", async () => {
  const changed = await serve(host, { ...host.manifest, form_digest: "0".repeat(64) });
  assert.equal(await reasonOf(readManifest(changed.served, changed.id)), "form");
});

test("what is not a manifest in canonical form is refused, whatever it is", async () => {
  const text = new TextDecoder().decode(served);
  const doubled = text.replace('"society":', '"society":"Another","society":');
  for (const bytes of ["", "null", "[]", "{}", "{", text.replace(":", ": "), `\ufeff${text}`, doubled]) {
    assert.equal(await reasonOf(readManifest(utf8(bytes), id)), "not-a-manifest", bytes.slice(0, 40));
  }
  assert.equal(await reasonOf(readManifest(served.slice(0, -1), id)), "not-a-manifest");
  assert.equal(await reasonOf(readManifest(Uint8Array.of(0xff, 0xfe), id)), "not-a-manifest");
});

test("a manifest without one of its parts is refused, though all of it is signed", async () => {
  for (const key of Object.keys(host.manifest)) {
    const { [key as "name"]: _, ...rest } = host.manifest;
    const changed = await serve(host, rest);
    assert.equal(await reasonOf(readManifest(changed.served, changed.id)), "not-a-manifest", key);
  }
});

test("a manifest says clearly who may take part, or is refused, though all of it is signed", async () => {
  const mail = { domains: ["a.example"], members_only: false, free_mail: true, per_domain: 3 };
  for (const good of [{ codes: false, mail }, { codes: true, mail: { ...mail, domains: [], per_domain: null } }]) {
    const changed = await serve(host, { ...host.manifest, eligibility: good });
    assert.deepEqual((await readManifest(changed.served, changed.id)).manifest.eligibility, good);
  }
  const faulty = [
    { codes: false, mail: null }, { codes: 1, mail: null }, { codes: true }, { codes: true, mail: {} },
    { codes: true, mail: { ...mail, domains: ["A.example"] } }, { codes: true, mail: { ...mail, per_domain: 0 } },
    { codes: true, mail: { ...mail, free_mail: "no" } }, { codes: true, mail: { ...mail, domains: "a.example" } },
  ];
  for (const eligibility of faulty) {
    const changed = await serve(host, { ...host.manifest, eligibility });
    assert.equal(await reasonOf(readManifest(changed.served, changed.id)), "not-a-manifest", JSON.stringify(eligibility));
  }
});

test("a form with a question that is not whole is refused, though all of it is signed", async () => {
  const questions = [
    null, {}, { id: "q", kind: "essay", label: "Q" }, { id: "q", kind: "choice", label: "Q" },
    { id: "q", kind: "choice", label: "Q", options: [] },
    { id: "q", kind: "choice", label: {}, options: [{ id: "a", label: "A" }] },
    { id: "q", kind: "amount", label: "Q", unit: "EUR", units: {}, edges: [] },
    { id: "q", kind: "amount", label: "Q", unit: "EUR", units: { EUR: "1" }, edges: [1] },
    { id: "q", kind: "scale", label: "Q", from: 0, to: 1e9 }, { id: "q", kind: "scale", label: "Q", from: 2, to: 1 },
    { id: "q", kind: "choices", label: "Q", options: [{ id: "a", label: "A" }], at_most: 1e9 },
  ];
  for (const question of questions) {
    const form = { ...host.manifest.form, page: [{ title: "P", question: [question] }] };
    const changed = await serve(host, { ...host.manifest, form });
    assert.equal(await reasonOf(readManifest(changed.served, changed.id)), "not-a-manifest");
  }
});

test("the manifest is fetched from registrar and intake, and nothing of this browser goes along", async () => {
  const world = new World(served);
  const round = await loadManifest([REGISTRAR, INTAKE], id, world.net);
  assert.equal(round.id, id);
  const path = `/v1/rounds/${id}/manifest`;
  assert.deepEqual(new Set(world.asked.map((request) => request.url)), new Set([REGISTRAR + path, INTAKE + path]));
  for (const { init, headers } of world.asked) {
    assert.equal(init.credentials, "omit");
    assert.equal(init.referrerPolicy, "no-referrer");
    assert.equal(init.redirect, "error");
    assert.deepEqual(headers, {});
  }
});

test("a service that gives this visitor another manifest is caught", async () => {
  for (const place of [REGISTRAR, INTAKE]) {
    const world = new World(served);
    world.served.set(place, (await serve(host, { ...host.manifest, society: "Another" })).served);
    const source = place === REGISTRAR ? INTAKE : REGISTRAR;
    assert.equal(await reasonOf(loadManifest(source, id, world.net)), "differs");
    assert.equal(await reasonOf(loadManifest(place, id, world.net)), "other-round");
  }
});

test("the same manifest under another valid signature is not the same bytes, and is caught", async () => {
  const world = new World(served);
  world.served.set(INTAKE, utf8(new TextDecoder().decode(served).replace(/"signature":"../, '"signature":"00')));
  assert.equal(await reasonOf(loadManifest(REGISTRAR, id, world.net)), "differs");
});

test("the next source is asked when one has no such round", async () => {
  const world = new World(served);
  assert.equal((await loadManifest(["https://site.example", INTAKE], id, world.net)).id, id);
  await assert.rejects(loadManifest([], id, world.net), Refused);
});

test("a round id that is none is not asked for", async () => {
  const world = new World(served);
  for (const wrong of ["", "../x", id.toUpperCase(), `${id}0`]) {
    assert.equal(await reasonOf(loadManifest(REGISTRAR, wrong, world.net)), "other-round");
  }
  assert.equal(world.asked.length, 0);
});

test("services whose address is not encrypted are not asked", async () => {
  const services = { ...host.manifest.services, intake: { operator: "I", url: "http://intake.example" } };
  const changed = await serve(host, { ...host.manifest, services });
  const world = new World(changed.served);
  await assert.rejects(
    loadManifest(REGISTRAR, changed.id, world.net),
    (error) => error instanceof Unreachable && error.unsafe,
  );
});

async function statementOf(round: Round, changes: object, keys = host.keys): Promise<World> {
  const statement = {
    format: "subrosa/closing/v1", round: round.id, state: "open", closes: "2026-04-10T12:00:00Z", serial: 1, ...changes,
  };
  const world = new World(served);
  world.statement = canonical({ statement, signature: await sign(keys, statement) });
  return world;
}

test("a round is open, closed or cancelled by its dates and its host's last statement", async () => {
  const round = await readManifest(served, id);
  const [before, during, after] = [new Date("2026-02-01"), new Date("2026-03-15"), new Date("2026-04-05")];
  const none = await loadStatement(round, new World(served).net);
  assert.equal(none, null);
  assert.deepEqual([before, during, after].map((now) => phaseOf(round, none, now)), ["not-yet-open", "open", "closed"]);
  const moved = await loadStatement(round, (await statementOf(round, {})).net);
  assert.equal(phaseOf(round, moved, after), "open");
  assert.equal(closesAt(round, moved).toISOString(), "2026-04-10T12:00:00.000Z");
  for (const state of ["closed", "cancelled"] as const) {
    const statement = await loadStatement(round, (await statementOf(round, { state })).net);
    assert.equal(phaseOf(round, statement, during), state);
  }
});

test("a statement of another round, a later one than the round allows, or one by someone else is refused", async () => {
  const round = await readManifest(served, id);
  const other = await newHost();
  const worlds = [
    await statementOf(round, { round: "0".repeat(64) }),
    await statementOf(round, { closes: "2026-05-01T12:00:00Z" }),
    await statementOf(round, { state: "paused" }),
    await statementOf(round, {}, other.keys),
  ];
  for (const world of worlds) assert.equal(await reasonOf(loadStatement(round, world.net)), "signature");
  const noise = new World(served);
  noise.answers = () => reply(utf8("no JSON"));
  assert.equal(await reasonOf(loadStatement(round, noise.net)), "signature");
});
