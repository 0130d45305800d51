/** Which addresses a code or a token may be sent to. Mirrors survey/rounds/addresses.py. */

/** Whether nobody on the way can read along: https, an onion service, or this machine itself. */
export function mayCarrySecrets(url: string): boolean {
  let parts: URL;
  try {
    parts = new URL(url, globalThis.location?.href);
  } catch {
    return false;
  }
  if (parts.username !== "" || parts.password !== "") return false;
  if (parts.protocol === "https:") return true;
  return parts.protocol === "http:" && (parts.hostname.endsWith(".onion") || isThisMachine(parts.hostname));
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
