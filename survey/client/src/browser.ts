/** What the client needs of a browser, asked before anything else. */

/** The browser cannot do what is needed; nothing was sent. The message says what it lacks, in a few words. */
export class BrowserLacks extends Error {}

const PROBE = new Uint8Array(32).fill(9);

/** What is missing, in a few words, or null. */
export async function lacking(): Promise<string | null> {
  if (globalThis.crypto?.subtle === undefined) return "an encrypted connection to this page";
  if (typeof BigInt === "undefined" || typeof AbortSignal.timeout !== "function") return "current JavaScript";
  try {
    await crypto.subtle.importKey("raw", PROBE, "Ed25519", false, ["verify"]);
  } catch {
    return "Ed25519 signatures";
  }
  return null;
}

/** Whether a signature over the bytes was made with an Ed25519 key. Throws BrowserLacks. */
export async function signedBy(
  key: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  } catch (error) {
    // A key that is no point on the curve is the document's fault; an unknown algorithm is the browser's.
    if (error instanceof DOMException && error.name === "DataError") return false;
    throw new BrowserLacks("Ed25519 signatures");
  }
  return crypto.subtle.verify("Ed25519", imported, signature, bytes);
}
