// Checks the types: of what ends up in the page without a word of Node's, and then of the tests, which may use it.
//
// As `tsc --noEmit` does it for both projects, but what they share is read once, and a file that was checked in the first
// project is not checked again in the second.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const projects = [resolve(here, ".."), here];

const format = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => process.cwd(), getNewLine: () => "\n" };
const read = new Map();

/** The project's files and options. Both projects read a file in the same way, whatever else is among them. */
function programOf(project) {
  const config = join(project, "tsconfig.json");
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(config, {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (error) => found.push(error),
  });
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...rest) => {
    if (!read.has(name)) read.set(name, getSourceFile(name, ...rest));
    return read.get(name);
  };
  return { program: ts.createProgram(fileNames, options, host), errors };
}

const checked = new Set();
const found = [];
for (const { program, errors } of projects.map(programOf)) {
  found.push(...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics());
  for (const file of program.getSourceFiles().filter(({ fileName }) => !checked.has(fileName))) {
    checked.add(file.fileName);
    found.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
  }
}
console.log(ts.formatDiagnostics(found, format));
process.exitCode = found.length > 0 ? 1 : 0;
