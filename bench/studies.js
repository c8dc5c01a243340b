// Measures what a study costs besides training: its trainer does nothing. See docs/studies.md.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { operations } from "../dist/files/operations.node.js";
import { defineModel, flatten, linear, logSoftmax, maxPool2d } from "../dist/index.js";
import { predictionsOf } from "../dist/inspect/predictions.js";
import { recordTraining } from "../dist/node.js";
import { variantsOf } from "../dist/study/expand.js";
import { parseManifest } from "../dist/study/manifest.js";
import { compareResults, scoredRuns, studyResults } from "../dist/study/results.js";
import { runStudy } from "../dist/study/run-study.node.js";
import { beginStudy, ownEngine, readOutcomes, readStudy } from "../dist/study/study-folder.node.js";
import { wholeNumber } from "./arguments.js";

const help = `node bench/studies.js [options]

  --runs <n>     runs of a study whose scheduler is measured (default: 100000)
  --whole <n>    runs of a study whose run folders are written, too (default: 500)
  --folder <dir> where the studies are made, and removed again (default: the system's folder for temporary files)
  --json         print JSON
`;

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    runs: text("100000"),
    whole: text("500"),
    folder: text(tmpdir()),
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}
const runCount = wholeNumber("studies", "--runs", values.runs);
const wholeCount = wholeNumber("studies", "--whole", values.whole);

/** A network of 170 values. */
const tiny = defineModel("tiny", (image, { classes }) => {
  const x = flatten(maxPool2d(image, 7)); // [16]
  return logSoftmax(linear(x, "head", { outFeatures: classes })); // [classes]
});

/** Ten images of ten classes; their digest is made up. */
const images = () => ({
  count: 10,
  images: new Uint8Array(10 * 784),
  labels: Uint8Array.from({ length: 10 }, (_, at) => at),
});
const data = {
  ...{ name: "nothing", source: "made up", digest: "0".repeat(64), mean: 0.5, std: 0.5 },
  ...{ channels: 1, rows: 28, columns: 28, classes: 10, train: images(), test: images() },
};
const model = tiny.build(data);
/** Models of a study; runs are their seeds. */
const modelCount = 10;

/** How many of 10,000 images a run is said to classify correctly. */
const correctOf = (seed) => 9000 + ((seed * 7919) % 100);

function metricsOf(seed) {
  const correct = correctOf(seed) / 1000;
  return {
    ...{ epoch: 1, trainLoss: 0.5, validationLoss: 0.5, validationCorrect: Math.round(correct) },
    ...{ validationTotal: 10, validationAccuracy: Math.round(correct) / 10 },
    ...{ seconds: 0.001, imagesPerSecond: 10_000, learningRate: 0.01 },
  };
}

/** Does nothing, and says that an epoch is done. */
const trainer = {
  async train({ seed, onStart, onEpoch }) {
    const engine = { ...(await ownEngine()), threads: 1 };
    await onStart?.(engine);
    const { parameters } = model.graph;
    const tensors = new Map(
      parameters.map(({ name, shape }) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        return [name, { shape, values: new Float32Array(size) }];
      }),
    );
    await onEpoch?.(metricsOf(seed), tensors);
    return { engine, epochs: [], stopped: false, endedEarly: false, parameters: tensors };
  },
  async collectViews(_, { channels, rows, columns }) {
    return { channels, rows, columns, images: [] };
  },
  async collectPredictions() {
    return predictionsOf(data, new Float32Array(100).fill(-1));
  },
};

/** Time in the operating system's flushing, milliseconds; it depends on the disk alone. */
let flushing = 0;
const flush = operations.fsyncSync;
operations.fsyncSync = (file) => {
  const began = performance.now();
  flush(file);
  flushing += performance.now() - began;
};

const parent = mkdtempSync(join(values.folder, "fovea-bench-studies-"));
process.on("exit", () => rmSync(parent, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(130));

async function begin(name, runs) {
  const manifest = {
    ...{ format: 1, data: "nothing", recipe: { epochs: 1 } },
    models: Array.from({ length: modelCount }, (_, at) => ({ model: "cnn", name: `m${at}` })),
    seeds: Math.ceil(runs / modelCount),
  };
  const study = parseManifest(manifest, name);
  const networks = new Map(variantsOf(study).map((variant) => [variant.name, model]));
  const about = { choice: data.name, name: data.name, digest: data.digest };
  return beginStudy(join(parent, name), { study, networks, data: about });
}

/** A run that is not written: the record of one that is, with another seed. */
function recorderLike(run) {
  return async ({ seed }) => {
    const correct = correctOf(seed);
    const test = { validationCorrect: correct, validationTotal: 10_000 };
    const metrics = [{ ...metricsOf(seed), ...test, validationAccuracy: correct / 10_000 }];
    return { ...run, record: { ...run.record, spec: { ...run.record.spec, seed } }, metrics };
  };
}

const memory = () => Math.round(process.memoryUsage().rss / 2 ** 20);
const pace = { beat: 5000, patience: 120_000, look: 1000 };

/** Trains a study, and says how long that took a run, in milliseconds, and the memory on the way, in MiB. */
async function measure(folder, record) {
  flushing = 0;
  const memories = [];
  let ended = 0;
  const step = Math.max(1, Math.floor(folder.runs.length / 10));
  const onEnd = () => {
    if (++ended % step === 0) memories.push(memory());
  };
  const [began, used] = [performance.now(), process.cpuUsage()];
  await runStudy({ folder, data, threads: 2, onEnd }, () => trainer, pace, record);
  const runs = folder.runs.length;
  const perRun = (performance.now() - began) / runs;
  return { runs, perRun, cpu: cpuTime(used) / runs, flushing: flushing / runs, memories };
}

/** Of this process since a `cpuUsage`, milliseconds: on a busy machine it says more than the time that passed. */
function cpuTime(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** Seconds that something takes. */
function timed(act) {
  const [began, used] = [performance.now(), process.cpuUsage()];
  const result = act();
  return { seconds: (performance.now() - began) / 1000, cpu: cpuTime(used) / 1000, result };
}

const whole = await measure(await begin("whole", wholeCount), recordTraining);
const sample = await recordTraining(
  {
    ...{ directory: join(parent, "sample"), model, data, seed: 0, epochs: 1 },
    ...{ batchSize: 64, learningRate: 0.01 },
  },
  trainer,
);
const scheduler = await measure(await begin("many", runCount), recorderLike(sample));
const directory = join(parent, "many");
const status = timed(() => {
  const { runs } = readStudy(directory);
  return { runs, outcomes: readOutcomes({ directory, runs }) };
});
const { runs, outcomes } = status.result;
const aggregate = timed(() => compareResults(studyResults(scoredRuns(runs, outcomes))));
const figures = {
  ...{ whole, scheduler, status: withoutResult(status), aggregate: withoutResult(aggregate) },
  pairs: aggregate.result.pairs.length,
};

function withoutResult({ seconds, cpu }) {
  return { seconds, cpu };
}

const ms = (value) => `${value.toFixed(2)} ms`;
const s = ({ seconds, cpu }) => `${seconds.toFixed(2)} s (processor ${cpu.toFixed(2)} s)`;
const line = ({ runs: count, perRun, cpu, flushing: disk }) =>
  `${count} runs: ${ms(perRun)} a run (processor ${ms(cpu)}, flushing the disk ${ms(disk)})`;
process.stdout.write(
  values.json
    ? `${JSON.stringify(figures)}\n`
    : `${[
        `with run folders, ${line(whole)}`,
        `scheduler alone, ${line(scheduler)}`,
        `memory at each tenth: ${scheduler.memories.join(", ")} MiB`,
        `status: ${s(status)}; aggregate, ${figures.pairs} pairs: ${s(aggregate)}`,
      ].join("\n")}\n`,
);
