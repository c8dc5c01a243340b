// Measures in several runs whether Fovea reaches its goals. See bench/README.md.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { measureMemory } from "../dist/bench/memory.js";
import { measureProcess } from "../dist/bench/process-time.js";
import { classifierNames, models } from "../dist/index.js";
import { wholeNumber } from "./arguments.js";
import { goalFigures, goalLines } from "./goal-table.js";
import { comparisonLine } from "./peers/comparison-tables.js";

const help = `node bench/goals.js [options]

  --python <file>  the interpreter that has PyTorch (default: python3)
  --runs <n>       runs, each with processes of its own (default: 3)
  --steps <n>      steps per turn (default: 40)
  --rounds <n>     turns (default: 5)
  --data <name>    auto, mnist, digits, or a folder with MNIST's four files (default: auto)
  --json           print JSON
`;

/** Steps of the training whose memory is measured; memory does not depend on their number. */
const memorySteps = 200;

/** All choices of --data have images as MNIST. */
const mnistImages = { channels: 1, rows: 28, columns: 28, classes: 10 };

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    python: text("python3"),
    runs: text("3"),
    steps: text("40"),
    rounds: text("5"),
    data: text("auto"),
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}

const runCount = wholeNumber("goals", "--runs", values.runs);
const here = (file) => fileURLToPath(new URL(file, import.meta.url));

async function compare() {
  const { python, steps, rounds, data } = values;
  const options = { "--peers": "pytorch", "--python": python, "--steps": steps };
  const models = classifierNames.join(",");
  const turns = { "--models": models, "--rounds": rounds, "--data": data };
  const args = Object.entries({ ...options, ...turns }).flat();
  const script = here("./peers/compare.js");
  const running = promisify(execFile)(process.execPath, [script, ...args, "--json"]);
  running.child.stderr.pipe(process.stderr);
  return JSON.parse((await running).stdout);
}

async function memories() {
  const figures = [];
  for (const name of classifierNames) {
    const model = models[name].build(mnistImages);
    const wanted = { model, data: values.data, threads: 2, steps: memorySteps };
    figures.push(await measureMemory(wanted));
  }
  return figures;
}

const runs = [];
try {
  for (let run = 1; run <= runCount; run++) {
    process.stderr.write(`run ${run} of ${runCount}\n`);
    runs.push({
      comparison: await compare(),
      memory: await memories(),
      help: await measureProcess([here("../dist/cli/fovea.js"), "--help"]),
    });
  }
} catch (error) {
  // The comparison has already printed its own error.
  process.stderr.write(
    `goals: expected every run to end well, got ${error.message.split("\n")[0]}\n`,
  );
  process.exit(error.code === 2 ? 2 : 1);
}

const figures = goalFigures(runs);
const report = [comparisonLine(runs[0].comparison), "", ...goalLines(figures, "plain"), ""];
process.stdout.write(
  values.json ? `${JSON.stringify({ goals: figures, runs })}\n` : report.join("\n"),
);
