/**
 * Requests to the services. Every request of the protocol may be repeated, so a lost answer is simply asked for
 * again; what a service refuses is not.
 */

import { base64url, type Bytes } from "./bytes.ts";
import { mayCarrySecrets } from "./addresses.ts";
import type { Round } from "./manifest.ts";

/** A service said no. `problem` is the short name of docs/protocol.md; its words are ours (sentences.ts). */
export class Refused extends Error {
  readonly problem: string;
  readonly status: number;

  constructor(problem: string, status: number) {
    super(problem);
    this.problem = problem;
    this.status = status;
  }
}

/** A service did not answer, or may not be asked; nothing that it had confirmed is lost. */
export class Unreachable extends Error {
  /** Whether the address itself is the reason: it is not encrypted, and nothing was sent. */
  readonly unsafe: boolean;

  constructor(unsafe = false) {
    super();
    this.unsafe = unsafe;
  }
}

/** The edge to the world, given by tests. `tries` is how often one request is made before it counts as failed. */
export interface Net {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly tries: number;
}

export const browserNet: Net = {
  fetch: (url, init) => fetch(url, init),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  tries: 5,
};

const TIMEOUT = 30_000;
const FIRST_PAUSE = 400;
const MOST_BYTES = 4 * 1024 * 1024;
const PASSING = new Set([429, 502, 503, 504]);

export interface Request {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Bytes;
}

export interface Answered {
  readonly status: number;
  readonly body: Bytes;
}

/** One request, repeated while the way is bad. Throws Refused and Unreachable. */
export async function send(request: Request, net: Net = browserNet): Promise<Answered> {
  if (!mayCarrySecrets(request.url)) throw new Unreachable(true);
  let last: Error = new Unreachable();
  for (let attempt = 0; attempt < net.tries; attempt++) {
    if (attempt > 0) await net.pause(FIRST_PAUSE * 2 ** (attempt - 1));
    const answer = await once(request, net);
    if (answer === null) continue;
    if (answer.status < 300) return answer;
    const refused = refusal(answer);
    if (!PASSING.has(answer.status) || refused.problem === "too-many") throw refused;
    last = refused;
  }
  throw last;
}

/** The answer, or null if none came back whole. */
async function once(request: Request, net: Net): Promise<Answered | null> {
  const init: RequestInit = {
    method: request.method,
    headers: { ...request.headers },
    body: request.body ?? null,
    // Nothing that the browser would add by itself: no cookies, no address of this page; and nothing is kept.
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT),
  };
  try {
    const response = await net.fetch(request.url, init);
    const body = new Uint8Array(await response.arrayBuffer());
    return body.length > MOST_BYTES ? null : { status: response.status, body };
  } catch {
    return null;
  }
}

/** What a problem document calls the problem. Its sentence is left alone: nothing that a service writes is shown. */
function refusal({ status, body }: Answered): Refused {
  let name: string | undefined;
  try {
    const { type } = JSON.parse(new TextDecoder().decode(body)) as { type?: unknown };
    name = /^urn:subrosa:problem:([a-z-]{1,40})$/.exec(String(type))?.[1];
  } catch {
    // Not a problem document: told as what it is, below.
  }
  return new Refused(name ?? "unreadable", status);
}

/** The header that spends a token (RFC 9577). */
export function authorization(token: Uint8Array): string {
  return `PrivateToken token="${base64url(token)}"`;
}

/**
 * Hand in a sealed response; when this returns, the intake has it on disk. "first": it is the first one under this
 * token. Throws Refused and Unreachable.
 */
export async function submit(
  round: Round,
  token: Uint8Array,
  revision: number,
  sealed: Bytes,
  net: Net = browserNet,
): Promise<"first" | "changed"> {
  const answer = await send(
    {
      method: "PUT",
      url: `${round.manifest.services.intake.url}/v1/rounds/${round.id}/response`,
      headers: {
        Authorization: authorization(token),
        "Subrosa-Revision": String(revision),
        "Content-Type": "application/octet-stream",
      },
      body: sealed,
    },
    net,
  );
  return answer.status === 201 ? "first" : "changed";
}
