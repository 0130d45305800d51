/** Who may take part, and how it is checked, as the manifest says it. */

import type { Eligibility, MailEligibility, Manifest } from "../manifest.ts";

/** What a person shows to get a pass. */
export function proof({ codes, mail }: Eligibility): string {
  return mail === null ? "code" : codes ? "code or mail address" : "mail address";
}

export function whoMay({ society, eligibility: { codes, mail } }: Manifest): string {
  const invited = codes && `Whoever has an invitation code from ${society}; each code gives one pass. `;
  const reading =
    mail !== null &&
    `Whoever can read mail at ${whichAddresses(mail)}; each address gives one pass${cap(mail)}. The registrar sees your ` +
      "address while it sends the mail.";
  return `${invited || ""}${reading || ""}`;
}

export function whichAddresses({ domains, members_only, free_mail }: MailEligibility): string {
  const at = domains.length > 0 ? ` at ${domains.join(" or ")}` : "";
  const base = members_only ? `an address${at} that the society has listed` : at ? `an address${at}` : "any address";
  return free_mail ? base : `${base}, but none at a free-mail provider`;
}

export function cap({ per_domain }: MailEligibility): string {
  return per_domain === null ? "" : `, and each mail domain (what stands after the @) ${per_domain} at most`;
}
