// Writes the respondent's one script, or that of a release's case. The same sources, lock and esbuild give the same bytes
// on every machine.
//
//   node build.mjs [FILE] [ENTRY] [INPUTS]     FILE: ../pages/static/client.js, ENTRY: src/main.ts
//
// INPUTS is where to write what went into it, as JSON; nowhere, unless it is given.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { onlyNumbers } from "./numbers.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [file = resolve(here, "../pages/static/client.js"), entry = "src/main.ts", inputs] = process.argv.slice(2);

const LIBRARIES = `/* Subrosa (Apache-2.0), with @hpke/core, @hpke/hybridkem-x-wing, mlkem (MIT), @cloudflare/blindrsa-ts
(Apache-2.0), sjcl (BSD-2-Clause): survey/client/README.md */`;
const BANNER = entry === "src/main.ts" ? LIBRARIES : "/* Subrosa (Apache-2.0) */";

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: [entry],
  outfile: resolve(file),
  plugins: [onlyNumbers],
  bundle: true,
  minify: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  charset: "utf8",
  // What a page never has: module loaders, and the ways of browsers that are too old for it anyway. And libraries print nothing.
  define: Object.fromEntries(
    ["module", "define", "require", "document.attachEvent", "document.detachEvent", "window.msCrypto"].map((name) => [name, "undefined"]),
  ),
  drop: ["console"],
  legalComments: "none",
  banner: { js: BANNER },
  logLevel: "warning",
  metafile: true,
});
if (inputs) writeFileSync(inputs, JSON.stringify(metafile.inputs));

const bytes = readFileSync(file);
console.log(`${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} with gzip`);
