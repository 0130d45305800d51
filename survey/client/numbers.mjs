// sjcl is a whole library of ciphers, of which blind signatures need big numbers alone. @cloudflare/blindrsa-ts carries
// a copy of most of it; instead of that, it gets these files of the package `sjcl` itself, as they were published.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const PARTS = ["sjcl.js", "bitArray.js", "bn.js", "codecBytes.js", "codecBase64.js"]; // each needs those before it
const START = createRequire(import.meta.url).resolve(`sjcl/core/${PARTS[0]}`);

/** For esbuild: whoever asks for sjcl from within blindrsa-ts gets big numbers, and nothing else of it. */
export const onlyNumbers = {
  name: "only-numbers",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/sjcl\/index\.js$/ }, ({ importer }) =>
      /[\\/]@cloudflare[\\/]blindrsa-ts[\\/]/.test(importer) ? { path: START } : undefined,
    );
    onLoad({ filter: /[\\/]sjcl[\\/]core[\\/]sjcl\.js$/ }, () => {
      const parts = PARTS.map((name) => readFileSync(join(dirname(START), name), "utf8"));
      return { contents: [...parts, "export default sjcl;"].join("\n"), loader: "js" };
    });
  },
};
