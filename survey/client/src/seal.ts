/** Sealing a response to the tally: HPKE (RFC 9180) with the hybrid KEM MLKEM768-X25519. Mirrors survey/sealing.py. */

import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { type Bytes, joined, two, utf8 } from "./bytes.ts";
import type { Round } from "./manifest.ts";
import { nonceOf } from "./token.ts";

/** What a response says: these are my answers, or I take them back. Outside, both look the same. */
export const ANSWERS = 0;
export const WITHDRAWN = 1;
export type Status = typeof ANSWERS | typeof WITHDRAWN;

export const MAX_REVISION = 0xffff;
const ENC_BYTES = 1088 + 32;
const HEAD_BYTES = 32 + 2 + 1;
const TAG_BYTES = 16;
const LABEL = utf8("subrosa/response/v1");

export function suite(): CipherSuite {
  return new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
}

/** Bytes of a sealed response for a form whose records have `recordLength` bytes. */
export function sealedLength(recordLength: number): number {
  return ENC_BYTES + HEAD_BYTES + recordLength + TAG_BYTES;
}

/** The nonce in it stops a sealed response from being copied under another token. */
export function infoOf(roundId: Bytes, nonce: Bytes): Bytes {
  return joined(LABEL, roundId, nonce);
}

/** k in it stops whoever holds tokens but no k from writing a response of their own. */
export function plaintextOf(secret: Bytes, revision: number, status: Status, record: Uint8Array): Bytes {
  if (!Number.isInteger(revision) || revision < 1 || revision > MAX_REVISION) {
    throw new RangeError("revision");
  }
  return joined(secret, two(revision), Uint8Array.of(status), record);
}

/** `enc` and ciphertext. Every response of one form has the same length, whatever it says. */
export async function seal(
  round: Pick<Round, "idBytes" | "sealingKey">,
  secret: Bytes,
  revision: number,
  status: Status,
  record: Uint8Array,
): Promise<Bytes> {
  const hpke = suite();
  const sender = await hpke.createSenderContext({
    recipientPublicKey: await hpke.kem.deserializePublicKey(round.sealingKey),
    info: infoOf(round.idBytes, await nonceOf(secret)),
  });
  const ciphertext = await sender.seal(plaintextOf(secret, revision, status, record));
  return joined(new Uint8Array(sender.enc), new Uint8Array(ciphertext));
}
