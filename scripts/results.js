// The results of record, and the pages that are written from them:
//   npm run record -- FOLDER...        copies the runs of these folders of fovea reproduce into
//                                      results/paper/, without weights, and writes the pages
//   npm run results                    writes the pages from results/
//   npm run results -- --check         lists the pages that differ, with exit code 1
//   npm run results -- --checkpoints DIR    only evaluates the study's checkpoints (with MNIST from FOVEA_DATA)
//                                      and writes results/published/checkpoints.json
// --root DIR: the folder that holds README.md, docs/ and results/; default: this repository.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InputError } from "../dist/errors.js";
import { evaluateCheckpoints } from "./results/checkpoints.js";
import { checkPages, writePages } from "./results/pages.js";
import { recordRuns } from "./results/record.js";

const options = {
  record: { type: "boolean" },
  check: { type: "boolean" },
  checkpoints: { type: "string" },
  root: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) },
};

try {
  await main(parseArgs({ allowPositionals: true, options }));
} catch (error) {
  const wrongUse = error instanceof InputError || error.code?.startsWith("ERR_PARSE_ARGS");
  if (!wrongUse) throw error;
  process.stderr.write(`results: ${error.message}\n`);
  process.exitCode = 2;
}

async function main({ values, positionals }) {
  const { record, check, checkpoints, root } = values;
  const modes = [record, check, checkpoints !== undefined].filter(Boolean).length;
  if (modes > 1) throw new InputError("options", "one of --record, --check, --checkpoints", "more");
  if (!record && positionals.length > 0) {
    throw new InputError("arguments", "folders only with --record", positionals.join(" "));
  }
  if (checkpoints !== undefined) return evaluateCheckpoints(checkpoints, root);
  if (check) return reportDiffering(checkPages(root));
  if (record) recordRuns(positionals, root);
  for (const path of writePages(root)) process.stdout.write(`written: ${path}\n`);
}

function reportDiffering(paths) {
  for (const path of paths) process.stdout.write(`differs: ${path}\n`);
  if (paths.length > 0) process.exitCode = 1;
}
