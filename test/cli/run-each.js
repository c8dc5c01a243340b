// Runs command lines in one process: a JSON list of lists of arguments on stdin, a JSON list of what each printed,
// its exit code and the files then there on stdout.

import { readdirSync, readFileSync } from "node:fs";
import { runProgram } from "../../dist/cli/program.js";

const write = process.stdout.write.bind(process.stdout);
// Each command adds a listener.
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);

async function run(args) {
  const answer = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) {
    process[stream].write = (text) => {
      answer[stream] += text;
      return true;
    };
  }
  process.exitCode = 0;
  await runProgram(args);
  return { ...answer, code: process.exitCode, files: readdirSync(".") };
}

const answers = [];
for (const args of JSON.parse(readFileSync(0, "utf8"))) answers.push(await run(args));
process.exitCode = 0;
write(JSON.stringify(answers));
