/**
 * A round's manifest: fetched from more than one service, and checked for everything that can be checked without
 * trusting any of them. Mirrors survey/rounds/manifest.py.
 */

import { signedBy } from "./browser.ts";
import { type Bytes, fromHex, hexOf, joined, same, sha256, two, utf8 } from "./bytes.ts";
import { canonical } from "./canonical.ts";
import type { Form } from "./form.ts";
import { browserNet, type Net, Refused, send } from "./send.ts";
import { isServed } from "./shape.ts";

export interface Service {
  readonly operator: string;
  /** Empty for the tally, which is offline. */
  readonly url: string;
}

export interface PromisedAxis {
  readonly name: string;
  readonly size: number;
  readonly touches: number;
  readonly outside: readonly number[];
}

/** One table that will be released; `sd` is the noise of a cell in people, `margin` is the expected 95 % noise margin of a share, null if there is none. */
export interface PromisedTable {
  readonly name: string;
  readonly by: readonly string[];
  readonly of: readonly string[];
  readonly sd: number;
  readonly margin: number | null;
  readonly sampling: number;
  readonly cohorts: number;
  readonly shown: number;
}

export interface Promised {
  readonly epsilon: number;
  readonly delta: number;
  readonly rho: number;
  readonly replacement_epsilon: number;
  readonly question_epsilon: number;
  readonly respondents: number;
  readonly minimum_responses: number;
  readonly min_cohort: number;
  readonly beta: number;
  readonly usable_margin: number;
  readonly weigh: string;
  readonly term: { readonly start: string; readonly end: string; readonly epsilon: number; readonly delta: number };
  readonly axes: readonly PromisedAxis[];
  readonly noise: readonly { readonly axes: readonly string[]; readonly rho: number; readonly scale: number }[];
  readonly tables: readonly PromisedTable[];
}

/** Whose mail addresses are taken; no domains: any. `free_mail`: whether those of well-known free providers are. */
export interface MailEligibility {
  readonly domains: readonly string[];
  readonly members_only: boolean;
  readonly free_mail: boolean;
  /** How many passes one domain gets at most. */
  readonly per_domain: number | null;
}

/** The ways to a pass that a round offers; at least one. */
export interface Eligibility {
  readonly codes: boolean;
  readonly mail: MailEligibility | null;
}

/** The unsigned manifest, with the keys it has on the wire. */
export interface Manifest {
  readonly format: "subrosa/round/v1";
  readonly name: string;
  readonly society: string;
  readonly contact: string;
  readonly form: Form;
  readonly form_digest: string;
  readonly opens: string;
  readonly closes: string;
  readonly closes_latest: string;
  readonly services: { readonly registrar: Service; readonly intake: Service; readonly tally: Service };
  readonly issuer_name: string;
  readonly origin_info: string;
  readonly token_key: string;
  readonly sealing_key: string;
  readonly host_key: string;
  readonly eligibility: Eligibility;
  readonly promise: Promised;
}

/** A manifest that was checked, with what follows from it. */
export interface Round {
  /** 64 hex digits. */
  readonly id: string;
  readonly idBytes: Bytes;
  readonly manifest: Manifest;
  readonly served: Bytes;
  readonly hostKey: Bytes;
  readonly sealingKey: Bytes;
  /** The modulus of the token key, 256 bytes. */
  readonly modulus: Bytes;
  readonly tokenKeyId: Bytes;
  readonly challengeDigest: Bytes;
}

type Mismatch = "not-a-manifest" | "other-round" | "signature" | "form" | "differs";

/** Stop, and tell the society: this is no manifest, or not the one that it ought to be. The message says which. */
export class ManifestMismatch extends Error {
  declare readonly message: Mismatch;
}

const SPKI_HEAD = fromHex(
  "30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202a11a301806092a864886f70d010108300b" +
    "0609608648016503040202a2030201300382010f003082010a0282010100",
);
const SPKI_TAIL = fromHex("0203010001");

/**
 * The manifest of a round from the first source that has it, checked, and compared byte for byte at registrar and
 * intake: nobody can be given a manifest, and a key, of their own unless both services and whoever sent the link
 * collude.
 *
 * sources: base addresses that serve /v1/rounds/{id}/manifest; "" is the site of this page.
 * Throws ManifestMismatch, Refused, Unreachable, BrowserLacks.
 */
export async function loadManifest(
  sources: string | readonly string[],
  roundId: string,
  net: Net = browserNet,
): Promise<Round> {
  if (!/^[0-9a-f]{64}$/.test(roundId)) throw new ManifestMismatch("other-round");
  const served = await fromFirst(typeof sources === "string" ? [sources] : sources, roundId, net);
  const round = await readManifest(served, roundId);
  const { registrar, intake } = round.manifest.services;
  const both = await Promise.all([registrar, intake].map((service) => fetchManifest(service.url, roundId, net)));
  if (!both.every((bytes) => same(bytes, served))) {
    throw new ManifestMismatch("differs");
  }
  return round;
}

async function fromFirst(sources: readonly string[], roundId: string, net: Net): Promise<Bytes> {
  let last: unknown = new Refused("unknown-round", 404);
  for (const source of sources) {
    try {
      return await fetchManifest(source, roundId, net);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

async function fetchManifest(base: string, roundId: string, net: Net): Promise<Bytes> {
  return (await send({ method: "GET", url: `${base}/v1/rounds/${roundId}/manifest` }, net)).body;
}

/** Everything that can be checked of served bytes. Throws ManifestMismatch and BrowserLacks. */
export async function readManifest(served: Bytes, roundId: string): Promise<Round> {
  const { manifest, signature } = parsed(served);
  const unsigned = canonical(manifest);
  if (hexOf(await sha256(unsigned)) !== roundId) {
    throw new ManifestMismatch("other-round");
  }
  if (!(await signedBy(fromHex(manifest.host_key), fromHex(signature), unsigned))) {
    throw new ManifestMismatch("signature");
  }
  if (hexOf(await sha256(canonical(manifest.form))) !== manifest.form_digest) {
    throw new ManifestMismatch("form");
  }
  return roundOf(manifest, roundId, served);
}

function parsed(served: Bytes): { manifest: Manifest; signature: string } {
  let document: unknown;
  let isCanonical = false;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(served));
    isCanonical = same(canonical(document), served);
  } catch {
    // Not JSON, or not as canonical JSON may be.
  }
  if (!isCanonical || !isServed(document)) {
    throw new ManifestMismatch("not-a-manifest");
  }
  return document;
}

async function roundOf(manifest: Manifest, id: string, served: Bytes): Promise<Round> {
  const idBytes = fromHex(id);
  const spki = fromHex(manifest.token_key);
  return {
    id,
    idBytes,
    manifest,
    served,
    hostKey: fromHex(manifest.host_key),
    sealingKey: fromHex(manifest.sealing_key),
    modulus: modulusOf(spki),
    tokenKeyId: await sha256(spki),
    challengeDigest: await sha256(challenge(manifest.issuer_name, manifest.origin_info, idBytes)),
  };
}

/** The modulus in the one encoding of a token key that RFC 9578 asks for. Throws ManifestMismatch. */
export function modulusOf(spki: Bytes): Bytes {
  const modulus = spki.slice(SPKI_HEAD.length, SPKI_HEAD.length + 256);
  if (!same(spki, joined(SPKI_HEAD, modulus, SPKI_TAIL)) || (modulus[0] ?? 0) < 0x80) {
    throw new ManifestMismatch("not-a-manifest");
  }
  return modulus;
}

/** RFC 9577 section 2.1.1: the same for everyone in a round, so that no token can be told from another by it. */
export function challenge(issuerName: string, originInfo: string, roundId: Bytes): Bytes {
  const issuer = utf8(issuerName);
  const origin = utf8(originInfo);
  return joined(two(2), two(issuer.length), issuer, Uint8Array.of(32), roundId, two(origin.length), origin);
}
