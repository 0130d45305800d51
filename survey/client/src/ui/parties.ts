/** Who runs what in this round, and what each of them can see, alone and together. */

import type { Manifest } from "../manifest.ts";
import { proof } from "./eligible.ts";
import { type Child, el, paragraph } from "./dom.ts";

const ROLES = ["registrar", "intake", "tally"] as const;
type Role = (typeof ROLES)[number];

const sees = (shown: string): Readonly<Record<Role, string>> => ({
  registrar: `checks who may take part. Sees that your ${shown} was used and when, and your internet address while you ask. Never an answer.`,
  intake: "collects locked answers. Sees that somebody with a valid pass answered, and an internet address. Not who, not what.",
  tally: "opens the answers once, offline, counts them, and destroys the key and the answers. Sees answers without names.",
});

/** Where somebody runs several of the three, what that means, in a sentence. */
export function inOneHand(manifest: Manifest): string | null {
  const operators = new Set(ROLES.map((role) => manifest.services[role].operator));
  if (operators.size === ROLES.length) return null;
  const [who = ""] = operators.size === 1 ? operators : ["the same people"];
  return `${operators.size === 1 ? "Registrar, intake and tally" : "Two of registrar, intake and tally"} are run by ${who}: while the round is open, you trust them not to compare times.`;
}

export function parties(manifest: Manifest): Child[] {
  const operators = new Map(ROLES.map((role) => [role, manifest.services[role].operator]));
  const seen = sees(proof(manifest.eligibility));
  const lines = ROLES.map((role) =>
    el("li", {}, el("strong", {}, `The ${role}, run by ${operators.get(role) ?? ""},`), ` ${seen[role]}`),
  );
  return [el("ul", {}, ...lines), together(operators)];
}

function together(operators: ReadonlyMap<Role, string>): HTMLElement {
  const different = new Set(operators.values()).size;
  if (different === ROLES.length) {
    return paragraph(
      "Three different parties run them. To guess which locked answer is yours, registrar and intake would have to compare, while " +
        "the round is open, when passes were fetched with when answers came; to read it, the tally would have to join.",
    );
  }
  const who = different === 1 ? `${operators.get("tally") ?? ""} runs all three` : "Some of them are run by the same people";
  return el(
    "div",
    { class: "warning" },
    paragraph(el("strong", {}, `${who} in this round.`)),
    paragraph(
      "The software keeps no times and no internet addresses. But whoever looks at several parts while the round is open can " +
        "compare when a pass was fetched with when an answer came, and so link the two. Here you trust them not to.",
    ),
  );
}
