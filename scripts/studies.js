// The studies of record, and the pages that are written from them:
//   npm run studies -- --record DIR NAME   copies configuration, metrics and predictions of the study in DIR into
//                                          results/studies/NAME/, without weights, and writes the pages
//   npm run studies -- --record DIR NAME --at-epoch 100
//                                          the same, and compares the runs after this epoch, whether or not they have ended
//   npm run studies                        writes docs/studies/ and docs/figures/study-*.svg from results/studies/
//   npm run studies -- --check             lists the pages that differ, with exit code 1
// --root DIR: the folder that holds docs/ and results/; default: this repository.

import { runStudies } from "./studies/program.js";

const { code, stdout, stderr } = await runStudies(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
