// Builds the tests, which are TypeScript, and runs them with Node's own test runner: all in one process, because to start
// one and to load the libraries takes longer than most of the tests.
//
//   node test/run.mjs             all tests
//   node test/run.mjs --interop FILE    only builds the program that the Python tests talk to

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { onlyNumbers } from "../numbers.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const plugins = [onlyNumbers]; // the same big numbers as in the page
const bundled = { bundle: true, format: "esm", platform: "node", target: "node20", plugins, logLevel: "warning" };

async function runAll() {
  const folder = mkdtempSync(join(tmpdir(), "subrosa-client-"));
  try {
    const files = readdirSync(here).filter((name) => name.endsWith(".test.ts"));
    const contents = files.map((name) => `import "./${name}";`).join("\n");
    const outfile = join(folder, "all.mjs");
    await build({ ...bundled, stdin: { contents, resolveDir: here }, outfile, sourcemap: "inline" });
    const env = { ...process.env, SUBROSA_VECTORS: resolve(here, "../../../tests/vectors") };
    const options = ["--enable-source-maps", "--no-warnings=ExperimentalWarning", "--test"];
    return spawnSync(process.execPath, [...options, outfile], { stdio: "inherit", env }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [flag, file] = process.argv.slice(2);
if (flag === "--interop") {
  await build({ ...bundled, entryPoints: [join(here, "interop.ts")], outfile: resolve(file) });
} else {
  process.exitCode = await runAll();
}
