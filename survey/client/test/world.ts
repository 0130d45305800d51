/** A small round with all its keys, and a registrar and an intake that can fail at any request. */

import { constants, createPrivateKey, privateDecrypt } from "node:crypto";
import { type Bytes, fromBase64url, fromHex, hexOf, joined, sha256 } from "../src/bytes.ts";
import { canonical } from "../src/canonical.ts";
import type { Manifest } from "../src/manifest.ts";
import type { Net } from "../src/send.ts";
import type { Area } from "../src/store.ts";
import { open } from "./opening.ts";
import { vectors } from "./vectors.ts";

const tokens = vectors("tokens");
const sealing = vectors("sealing");
const issuer = createPrivateKey({ key: Buffer.from(tokens.issuer_key, "hex"), format: "der", type: "pkcs8" });
const { form, digest } = vectors("records").forms[0];
export const REGISTRAR = "https://registrar.example";
export const INTAKE = "https://intake.example";
export const CODE = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-a";

export async function unsigned(hostKey: CryptoKey): Promise<Manifest> {
  return {
    format: "subrosa/round/v1",
    name: "spring",
    society: "The Society",
    contact: "host@society.example",
    form,
    form_digest: digest,
    opens: "2026-03-01T12:00:00Z",
    closes: "2026-03-31T12:00:00Z",
    closes_latest: "2026-04-30T12:00:00Z",
    services: {
      registrar: { operator: "Registrar Ltd", url: REGISTRAR },
      intake: { operator: "Intake Ltd", url: INTAKE },
      tally: { operator: "The hosts", url: "" },
    },
    issuer_name: "registrar.example",
    origin_info: "intake.example",
    token_key: tokens.token_key,
    sealing_key: sealing.public_key,
    host_key: hexOf(new Uint8Array(await crypto.subtle.exportKey("raw", hostKey))),
    eligibility: { codes: true, mail: null },
    promise: {
      epsilon: 1,
      delta: 1e-6,
      rho: 0.02,
      replacement_epsilon: 2,
      question_epsilon: 0.5,
      respondents: 100,
      minimum_responses: 10,
      min_cohort: 10,
      beta: 0.05,
      usable_margin: 0.1,
      term: { start: "2026-01-01", end: "2026-12-31", epsilon: 3, delta: 1e-6 },
      axes: [{ name: "team", size: 4, touches: 1, outside: [3] }],
      weigh: "usable",
      noise: [{ axes: [], rho: 0.01, scale: 7.1 }],
      tables: [{ name: "@", by: [], of: [], sd: 7.1, margin: null, sampling: 0, cohorts: 1, shown: 1 }],
    },
  };
}

export interface Host {
  readonly keys: CryptoKeyPair;
  readonly manifest: Manifest;
}

export async function newHost(): Promise<Host> {
  const keys = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  return { keys, manifest: await unsigned(keys.publicKey) };
}

export async function sign(keys: CryptoKeyPair, document: unknown): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.sign("Ed25519", keys.privateKey, canonical(document))));
}

/** Served bytes and round id of any document that claims to be a manifest. */
export async function serve(host: Host, manifest: unknown = host.manifest): Promise<{ served: Bytes; id: string }> {
  const served = canonical({ manifest, signature: await sign(host.keys, manifest) });
  return { served, id: hexOf(await sha256(canonical(manifest))) };
}

/** Every request in its order, and what each place gives; `cut` says which requests or replies get lost. */
export class World {
  readonly asked: { method: string; url: string; headers: Record<string, string>; init: RequestInit }[] = [];
  readonly codes = new Map<string, string>();
  /** What was mailed: by request, the address and its digits. And which ticket each address was spent on. */
  readonly mails = new Map<string, { address: string; digits: string }>();
  readonly addresses = new Map<string, string>();
  readonly box = new Map<string, { revision: number; sealed: Bytes }>();
  statement: Bytes | null = null;
  cut: (count: number) => "request" | "reply" | null = () => null;
  answers: ((url: string) => Response | null) | null = null;
  pauses: number[] = [];
  readonly served: Map<string, Bytes>;

  constructor(served: Bytes) {
    this.served = new Map([[REGISTRAR, served], [INTAKE, served]]);
  }

  get net(): Net {
    const pause = async (milliseconds: number) => void this.pauses.push(milliseconds);
    return { fetch: (url, init) => this.#fetch(url, init), pause, tries: 4 };
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const headers = init.headers as Record<string, string>;
    this.asked.push({ method: init.method ?? "", url, headers, init });
    const lost = this.cut(this.asked.length);
    if (lost === "request") throw new TypeError("network");
    const answer = this.answers?.(url) ?? (await this.#answer(url, headers, init));
    if (lost === "reply") throw new TypeError("network");
    return answer;
  }

  async #answer(url: string, headers: Record<string, string>, init: RequestInit): Promise<Response> {
    const body = init.body as Bytes;
    const { origin, pathname } = new URL(url);
    if (pathname.endsWith("/manifest")) return reply(this.served.get(origin));
    if (pathname.endsWith("/closing")) return this.statement ? reply(this.statement) : problem(404, "no-statement");
    if (pathname.endsWith("/mail-request")) return this.#mail(JSON.parse(new TextDecoder().decode(body)));
    if (pathname.endsWith("/token-request")) return this.#sign(headers["Authorization"] ?? "", body);
    return this.#put(headers, body);
  }

  #mail({ request, address }: Record<string, string>): Response {
    if (!/^[\w-]{22}$/.test(request ?? "") || !address?.includes("@")) return problem(400, "bad-address");
    this.mails.set(request ?? "", { address, digits: String(10_000_000 + this.mails.size) });
    return new Response(null, { status: 202 });
  }

  #signMailed([request, digits]: readonly string[], blinded: Bytes): Response {
    const mailed = this.mails.get(request ?? "");
    if (mailed?.digits !== digits) return problem(401, "wrong-mail-code");
    const asked = hexOf(blinded);
    if ((this.addresses.get(mailed?.address ?? "") ?? asked) !== asked) return problem(409, "used-address");
    this.addresses.set(mailed?.address ?? "", asked);
    return reply(joined(privateDecrypt({ key: issuer, padding: constants.RSA_NO_PADDING }, blinded.slice(3))));
  }

  #sign(code: string, request: Bytes): Response {
    if (code.startsWith("MailCode ")) return this.#signMailed(code.slice(9).split(":"), request);
    const asked = hexOf(request);
    if (!code.startsWith("Bearer ") || code.endsWith("z")) return problem(401, "wrong-code");
    if ((this.codes.get(code) ?? asked) !== asked) return problem(409, "used-code");
    this.codes.set(code, asked);
    return reply(joined(privateDecrypt({ key: issuer, padding: constants.RSA_NO_PADDING }, request.slice(3))));
  }

  #put(headers: Record<string, string>, sealed: Bytes): Response {
    const token = headers["Authorization"] ?? "";
    const revision = Number(headers["Subrosa-Revision"]);
    const stored = this.box.get(token);
    if (stored !== undefined && stored.revision > revision) return problem(409, "older-revision");
    if (stored?.revision === revision && hexOf(stored.sealed) !== hexOf(sealed)) return problem(409, "revision-taken");
    this.box.set(token, { revision, sealed });
    return reply(new Uint8Array(0), stored === undefined ? 201 : 200);
  }

  /** What the tally would read: revision, status and record of every stored response. */
  async tallied(roundId: string): Promise<{ revision: number; status: number; record: string }[]> {
    const all = [...this.box].map(async ([token, { sealed }]) => {
      const nonce = fromBase64url(token.slice('PrivateToken token="'.length, -1)).slice(2, 34);
      const plain = await open(fromHex(sealing.seed), sealed, fromHex(roundId), nonce);
      const revision = 256 * (plain[32] ?? 0) + (plain[33] ?? 0);
      return { revision, status: plain[34] ?? 9, record: hexOf(plain.slice(35)) };
    });
    return Promise.all(all);
  }
}

export function reply(bytes: Bytes | undefined, status = 200): Response {
  return bytes === undefined ? problem(404, "unknown-round") : new Response(bytes, { status });
}

export function problem(status: number, name: string): Response {
  const document = { type: `urn:subrosa:problem:${name}`, status, detail: "A sentence." };
  return new Response(JSON.stringify(document), { status });
}

/** A browser's storage; `broken`: it throws on every write, as in private windows of some browsers. */
export class FakeArea implements Area {
  readonly kept = new Map<string, string>();
  broken = false;

  get length(): number {
    return this.kept.size;
  }

  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.broken) throw new DOMException("full", "QuotaExceededError");
    this.kept.set(key, value);
  }

  removeItem(key: string): void {
    this.kept.delete(key);
  }
}
