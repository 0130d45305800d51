/**
 * What the Python tests talk to: one JSON document a line on standard input, one a line back. Bytes are hex.
 *
 * It runs the client's own modules, or those of others (oracles.ts); nothing of the protocol is written here.
 */

import { createInterface } from "node:readline";
import { type Bytes, fromHex, hexOf } from "../src/bytes.ts";
import { decode, encode } from "../src/codec.ts";
import type { Answer } from "../src/form.ts";
import { readManifest, type Round } from "../src/manifest.ts";
import { enter, deliver, takeBack } from "../src/respond.ts";
import { seal, type Status } from "../src/seal.ts";
import { browserNet } from "../src/send.ts";
import { Store } from "../src/store.ts";
import { newTicket, redeem, requestOf, type Ticket } from "../src/token.ts";
import { loadManifest } from "../src/manifest.ts";
import { open } from "./opening.ts";
import { ORACLES } from "./oracles.ts";

type Asked = Record<string, any>;

const TASKS: Record<string, (asked: Asked) => Promise<unknown>> = {
  ...ORACLES,
  async record({ form, answers }) {
    const record = encode(form, new Map<string, Answer>(Object.entries(answers)));
    return { record: hexOf(record), again: Object.fromEntries(decode(form, record)) };
  },
  async ticket({ served, round }) {
    const checked = await readManifest(fromHex(served), round);
    const ticket = await newTicket(checked);
    return { ...hexTicket(ticket), request: hexOf(requestOf(checked, ticket)) };
  },
  async redeem({ served, round, ticket, answer }) {
    const checked = await readManifest(fromHex(served), round);
    return { token: hexOf(await redeem(checked, ticketOf(ticket), fromHex(answer))) };
  },
  async seal({ served, round, secret, revision, status, record }) {
    const checked = await readManifest(fromHex(served), round);
    return { sealed: hexOf(await seal(checked, fromHex(secret), revision, status as Status, fromHex(record))) };
  },
  async open({ seed, sealed, round, nonce }) {
    return { plaintext: hexOf(await open(fromHex(seed), fromHex(sealed), fromHex(round), fromHex(nonce))) };
  },
  async respond({ source, round, code, answers, withdraw }) {
    const net = { ...browserNet, tries: 2 };
    const checked: Round = await loadManifest(source, round, net);
    const store = new Store("memory", {});
    await enter(checked, code, store, net);
    const given = new Map<string, Answer>(Object.entries(answers));
    const kept = await deliver(checked, given, store, { keep: true }, net);
    if (withdraw) await takeBack(checked, store, { keep: true }, net);
    return { secret: hexOf(kept.ticket.secret) };
  },
};

function hexTicket(ticket: Ticket): Record<string, string> {
  return { secret: hexOf(ticket.secret), inverse: hexOf(ticket.inverse), blinded: hexOf(ticket.blinded) };
}

function ticketOf(ticket: Record<string, string>): Ticket {
  const bytes = (key: string): Bytes => fromHex(ticket[key] ?? "");
  return { secret: bytes("secret"), inverse: bytes("inverse"), blinded: bytes("blinded") };
}

async function answer(line: string): Promise<unknown> {
  try {
    const { task, ...asked } = JSON.parse(line) as Asked;
    return await TASKS[task as string]?.(asked);
  } catch (error) {
    const { name, message } = error as Error;
    return { error: (error as Error).constructor?.name ?? name, message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify((await answer(line)) ?? { error: "no such task" }));
}
