/** A pass by mail: the registrar sends eight digits to an address, and takes them in place of a code. */

import { base64url, randomBytes, utf8 } from "./bytes.ts";
import type { Round } from "./manifest.ts";
import { browserNet, type Net, send } from "./send.ts";

/** Ties the digits to this page: whoever only reads the mail cannot use them. Lives in memory. */
export function newMailRequest(): string {
  return base64url(randomBytes(16)).replaceAll("=", "");
}

/** Ask for a mail. The answer is the same whether or not the address was seen before. Throws Refused, Unreachable. */
export async function askForMail(round: Round, request: string, address: string, net: Net = browserNet): Promise<void> {
  await send(
    {
      method: "POST",
      url: `${round.manifest.services.registrar.url}/v1/rounds/${round.id}/mail-request`,
      headers: { "Content-Type": "application/json" },
      body: utf8(JSON.stringify({ request, address })),
    },
    net,
  );
}

/** Eight digits however they were typed, or null. */
export function cleanDigits(typed: string): string | null {
  const digits = typed.replace(/[\s-]/g, "");
  return /^\d{8}$/.test(digits) ? digits : null;
}
