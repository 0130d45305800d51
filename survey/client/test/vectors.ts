/** The vectors that this client shares with the Python side. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export function vectors(name: "brackets" | "case" | "place" | "records" | "sealing" | "tokens"): any {
  return JSON.parse(readFileSync(join(process.env["SUBROSA_VECTORS"] ?? "", `${name}.json`), "utf8"));
}
