// Runs Fovea and PyTorch on the same networks and images in turns, so that noise hits both, and prints
// how long whole training steps and evaluations take. See bench/README.md.

import { parseArgs } from "node:util";
import { firstImages } from "../../dist/bench/images.js";
import { summarize } from "../../dist/bench/timed-steps.js";
import { modelNames } from "../../dist/index.js";
import { loadData } from "../../dist/node.js";
import { describeMachine } from "../../dist/runs/machine.js";
import { comparisonText } from "./comparison-tables.js";
import { Fovea } from "./fovea-peer.js";
import { PyTorch } from "./pytorch.js";

const help = `node bench/peers/compare.js [options]

  --models <list>    models with commas between them (default: ${modelNames.join(",")})
  --evaluate <list>  models whose evaluation is timed, too (default: stn)
  --threads <list>   numbers of threads (default: 1,2)
  --steps <n>        steps a turn (default: 40)
  --rounds <n>       turns (default: 6)
  --build <name>     Fovea's kernels: relaxed-fma or mul-add (default: the faster)
  --data <name>      auto, mnist, digits, or a folder with MNIST's four files (default: auto)
  --python <file>    the interpreter that has PyTorch (default: python3)
  --json             print JSON
`;

/** Batches of 64 that steps go through again and again. */
const batches = 8;
const testImages = 10_000;

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    models: text(modelNames.join(",")),
    evaluate: text("stn"),
    threads: text("1,2"),
    steps: text("40"),
    rounds: text("6"),
    build: { type: "string" },
    data: text("auto"),
    python: text("python3"),
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}

const list = (value) => value.split(",").filter((item) => item !== "");
const models = list(values.models);
const evaluated = list(values.evaluate);
const threads = list(values.threads).map(Number);
const unknown = [...models, ...evaluated].find((model) => !modelNames.includes(model));
if (unknown !== undefined) {
  process.stderr.write(`compare: expected models of ${modelNames.join(", ")}, got ${unknown}\n`);
  process.exit(2);
}

const loaded = await loadData(values.data, { environment: process.env });
const data = firstImages(loaded.data, { train: 64 * batches, test: testImages });
process.stderr.write(`${loaded.reason}\n`);

const fovea = new Fovea(data, values.build);
const pytorch = await PyTorch.start(values.python, data).catch((error) => {
  process.stderr.write(`compare: expected --python to run PyTorch, got ${error.message}\n`);
  process.exit(2);
});
const peers = { fovea, pytorch };

/** Times what `measure` gives, in turns, by model, peer and number of threads. */
async function inTurns(names, rounds, measure) {
  const times = new Map();
  if (names.length === 0) return times;
  for (let round = 0; round < rounds; round++) {
    for (const model of names) {
      for (const [name, peer] of Object.entries(peers)) {
        for (const count of threads) {
          const key = JSON.stringify([model, name, count]);
          const more = await measure(peer, model, count);
          times.set(key, [...(times.get(key) ?? []), ...more]);
        }
      }
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return times;
}

/** Each model's figures: of either peer, and PyTorch's best median over each of Fovea's. */
function figures(times) {
  const all = [...times].map(([key, taken]) => {
    const [model, peer, count] = JSON.parse(key);
    return { model, peer, threads: count, count: taken.length, ...summarize(taken) };
  });
  return all.map((figure) => {
    if (figure.peer !== "fovea") return figure;
    const others = all.filter(({ model, peer }) => model === figure.model && peer === "pytorch");
    const best = Math.min(...others.map(({ median }) => median));
    return { ...figure, ratio: best / figure.median };
  });
}

const steps = Number(values.steps);
const rounds = Number(values.rounds);
const stepTimes = await inTurns(models, rounds, (peer, ...which) => peer.steps(...which, steps));
const evaluationTimes = await inTurns(evaluated, Math.min(rounds, 3), (peer, ...which) =>
  peer.evaluate(...which),
);
const machine = describeMachine();
const result = {
  processor: machine.processor,
  cores: machine.cores,
  node: process.versions.node,
  build: fovea.build,
  pytorch: pytorch.version,
  data: loaded.data.name,
  rounds,
  steps: figures(stepTimes),
  evaluation: figures(evaluationTimes),
};
fovea.close();
pytorch.close();
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : comparisonText(result));
