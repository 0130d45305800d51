import assert from "node:assert/strict";
import { test } from "node:test";
import { mayCarrySecrets } from "../src/addresses.ts";
import { BrowserLacks } from "../src/browser.ts";
import { utf8 } from "../src/bytes.ts";
import { cleanCode, readInvitation, whyNoCode } from "../src/invitation.ts";
import { ManifestMismatch } from "../src/manifest.ts";
import { PassFileFault } from "../src/passfile.ts";
import { NoToken } from "../src/respond.ts";
import { Refused, send, Unreachable } from "../src/send.ts";
import { sentenceFor, stopFor } from "../src/sentences.ts";
import { BadSignature } from "../src/token.ts";
import { problem, REGISTRAR, reply, World } from "./world.ts";

const url = `${REGISTRAR}/v1/rounds/x/closing`;
const request = { method: "GET", url } as const;

function world(...answers: (Response | "cut")[]): World {
  const made = new World(new Uint8Array(0));
  made.cut = (count) => (answers[count - 1] === "cut" ? "reply" : null);
  made.answers = () => answers[made.asked.length - 1] as Response;
  return made;
}

test("a request is repeated while the way is bad, with growing pauses", async () => {
  const here = world("cut", problem(503, "storage"), "cut", reply(utf8("here")));
  const { body } = await send(request, here.net);
  assert.equal(new TextDecoder().decode(body), "here");
  assert.deepEqual(here.pauses, [400, 800, 1600]);
});

test("a service that never answers is unreachable", async () => {
  await assert.rejects(send(request, world("cut", "cut", "cut", "cut").net), Unreachable);
});

test("a service that cannot store says so in the end", async () => {
  const full = () => problem(503, "storage");
  await assert.rejects(
    send(request, world(full(), full(), full(), full()).net),
    (error) => error instanceof Refused && error.problem === "storage",
  );
});

test("what a service refuses is not asked again", async () => {
  const here = world(problem(409, "used-code"));
  await assert.rejects(send(request, here.net), (error) => error instanceof Refused && error.problem === "used-code");
  assert.equal(here.asked.length, 1);
});

test("an answer that is no problem document is told as such", async () => {
  for (const body of ["", "<html>", "{}", "null", "{", '{"type":"urn:subrosa:problem:<b>","detail":"x"}']) {
    await assert.rejects(
      send(request, world(new Response(body, { status: 404 })).net),
      (error) => error instanceof Refused && error.problem === "unreadable" && error.status === 404,
    );
  }
});

test("nothing is sent to an address that is not encrypted", async () => {
  const safe = ["https://a.example", "http://localhost:8000/x", "http://127.0.0.1", "http://[::1]:1"];
  safe.push("http://abc.onion");
  const open = ["http://a.example", "http://127.0.0.1.example", "ftp://a.example", "https://u:p@a.example", "", "//x"];
  for (const address of safe) assert.equal(mayCarrySecrets(address), true, address);
  for (const address of open) assert.equal(mayCarrySecrets(address), false, address);
  const here = world();
  await assert.rejects(send({ ...request, url: "http://a.example" }, here.net), Unreachable);
  assert.equal(here.asked.length, 0);
});

test("a code is read however it is typed, and only if it can be one", () => {
  const grouped = "abcde-fghij-klmno-pqrst-uvwxy-a";
  for (const typed of [grouped, "ABCDEFGHIJKLMNOPQRSTUVWXYA", " abcde fghij klmn0 pqrst uvwxy a "]) {
    assert.equal(cleanCode(typed), grouped);
  }
  const stem = grouped.slice(0, -1);
  for (const typed of ["", "abc", `${grouped}a`, `${stem}b`, `${stem}9`]) assert.equal(cleanCode(typed), null, typed);
});

test("what is wrong with a code is said as far as it can be seen", () => {
  const stem = "abcde-fghij-klmno-pqrst-uvwxy-";
  assert.match(whyNoCode(stem), /These are 25/);
  assert.match(whyNoCode(`${stem}aa`), /These are 27/);
  for (const typed of [`${stem}b`, `${stem}9`, `${stem}ä`]) assert.match(whyNoCode(typed), /may be mistyped/, typed);
});

test("a 1 is not taken for either of the letters that it may be", () => {
  for (const typed of ["abcde-fgh1j-klmno-pqrst-uvwxy-a", "abcde-fghij-k1mno-pqrst-uvwxy-a"]) {
    assert.equal(cleanCode(typed), null);
    assert.match(whyNoCode(typed), /no digit 1\. Type the letter I or L/);
  }
});

test("an invitation link carries round and code behind its #", () => {
  const roundId = "0123456789abcdef".repeat(4);
  assert.deepEqual(readInvitation(`#${roundId}.abcde-fghij`), { roundId, code: "abcde-fghij" });
  assert.deepEqual(readInvitation(`#${roundId}`), { roundId, code: null });
  for (const wrong of ["", "#", "#x", `#${roundId}.a.b`, `#${roundId.toUpperCase()}`]) {
    assert.equal(readInvitation(wrong), null);
  }
});

test("every problem and every error has a page that says what to do, or a sentence that is said in place", () => {
  const paged = ["used-code", "revoked-code", "wrong-code", "used-address", "domain-full", "closed", "cancelled"];
  for (const name of [...paged, "not-yet-open", "unknown-round"]) {
    const stop = stopFor(new Refused(name, 400));
    for (const said of stop?.says ?? [""]) assert.match(said, /^[A-Z].*\.$/, name);
  }
  for (const error of [new ManifestMismatch("form"), new BadSignature(), new BrowserLacks("x")]) assert.ok(stopFor(error));
  const inPlace = ["bad-address", "other-domain", "free-mail", "too-many", "wrong-mail-code", "mail-code-over"];
  const refused = [...inPlace, "storage", "bad-length", "no such problem", "__proto__"].map((name) => new Refused(name, 400));
  const others = [new Unreachable(), new Unreachable(true), new NoToken(), new PassFileFault(true), new PassFileFault(false)];
  for (const error of [...refused, ...others, new Error("x"), null]) {
    assert.equal(stopFor(error), null);
    assert.match(sentenceFor(error), /^[A-Z].*\.$/);
  }
  const own = new Set(refused.map(sentenceFor));
  assert.equal(own.size, inPlace.length + 2, "each has its own, but what is not known shares one");
});

test("too many mails is said at once, and not asked for again and again", async () => {
  const here = world(problem(429, "too-many"));
  await assert.rejects(send(request, here.net), (error) => error instanceof Refused && error.problem === "too-many");
  assert.equal(here.asked.length, 1);
  const busy = world(new Response("slow down", { status: 429 }), reply(utf8("here")));
  assert.equal((await send(request, busy.net)).status, 200);
});
