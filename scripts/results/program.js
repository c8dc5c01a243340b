import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../../dist/errors.js";
import { runPageProgram } from "../page-program.js";
import { evaluateCheckpoints } from "./checkpoints.js";
import { checkPages, writePages } from "./pages.js";
import { recordRuns } from "./record.js";

const options = {
  record: { type: "boolean" },
  check: { type: "boolean" },
  checkpoints: { type: "string" },
  root: { type: "string", default: fileURLToPath(new URL("../..", import.meta.url)) },
};

/** Does what the arguments say; returns the exit code and what is to be printed. */
export function runResults(args) {
  return runPageProgram("results", () => act(parseArgs({ args, allowPositionals: true, options })));
}

/** Returns the lines that say what was done. */
async function act({ values, positionals }) {
  const { record, check, checkpoints, root } = values;
  const modes = [record, check, checkpoints !== undefined].filter(Boolean).length;
  if (modes > 1) throw new InputError("options", "one of --record, --check, --checkpoints", "more");
  if (!record && positionals.length > 0) {
    throw new InputError("arguments", "folders only with --record", positionals.join(" "));
  }
  if (checkpoints !== undefined) {
    await evaluateCheckpoints(checkpoints, root);
    return [];
  }
  if (check) return checkPages(root).map((path) => `differs: ${path}`);
  if (record) recordRuns(positionals, root);
  return writePages(root).map((path) => `written: ${path}`);
}
