// The results of record, and the pages that are written from them:
//   npm run record -- FOLDER...        copies the runs of these folders of fovea reproduce into
//                                      results/paper/, without weights, and writes the pages
//   npm run results                    writes the pages from results/
//   npm run results -- --check         says which of them differ, with exit code 1
//   npm run results -- --checkpoints DIR    evaluates the study's checkpoints (FOVEA_DATA has MNIST)
//                                      into results/published/checkpoints.json, and nothing else
// --root DIR: another folder than this one that holds README.md, docs/ and results/.

import { runResults } from "./results/program.js";

const { code, stdout, stderr } = await runResults(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
