// The results of record, and the pages that are written from them:
//   npm run record -- FOLDER...        copies the runs of these folders of fovea reproduce into
//                                      results/paper/, without weights, and writes the pages
//   npm run results                    writes the pages from results/
//   npm run results -- --check         lists the pages that differ, with exit code 1
//   npm run results -- --checkpoints DIR    only evaluates the study's checkpoints (with MNIST from FOVEA_DATA)
//                                      and writes results/published/checkpoints.json
// --root DIR: the folder that holds README.md, docs/ and results/; default: this repository.

import { runResults } from "./results/program.js";

const { code, stdout, stderr } = await runResults(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
