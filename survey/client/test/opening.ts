/** Opening sealed responses, which only tests do: in life, the tally does it. */

import { type Bytes, joined } from "../src/bytes.ts";
import { infoOf, suite } from "../src/seal.ts";

const ENC_BYTES = 1120;

export async function open(seed: Bytes, sealed: Bytes, roundId: Bytes, nonce: Bytes): Promise<Bytes> {
  const hpke = suite();
  const recipient = await hpke.createRecipientContext({
    recipientKey: await hpke.kem.deserializePrivateKey(seed),
    enc: sealed.slice(0, ENC_BYTES),
    info: infoOf(roundId, nonce),
  });
  return joined(new Uint8Array(await recipient.open(sealed.slice(ENC_BYTES))));
}
