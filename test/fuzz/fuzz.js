// Feeds changed files to readers: each must be read, or refused with one line.
import { Worker } from "node:worker_threads";
import { ScriptOptions } from "../script-options.js";

/** No input may keep the worker busy so long, milliseconds. */
const STUCK = 60_000;
/** Between two lines of progress, milliseconds. */
const PROGRESS = 10_000;

const subjects = ["checkpoints", "graphs", "pictures", "onnx"];
const usage = `npm run fuzz -- [--of ${subjects.join(",")}] [--inputs 100000] [--seed 0] [--from 0]

Feeds changed files to readers: each must be read, or refused with one line. The subjects share the inputs.
checkpoints: PyTorch and safetensors files, read by src/formats/.
graphs: model.json, read by src/runs/; what is read is trained for a step and compared with the float64 reference.
pictures: pictures, CSV, NumPy, IDX and zip files with images, read by src/data/sources/.
onnx: ONNX files, read by src/formats/onnx/import/.
An input is determined by its number and the seed: the numbers that a failure names, as --seed and --from with
--inputs 1, make it again. Exits with 1 at the first failure.`;
const options = new ScriptOptions("fuzz", usage, {
  of: subjects.join(","),
  inputs: "100000",
  seed: "0",
  from: "0",
});
const chosen = options.list("of", subjects);
const all = options.number("inputs", 1);
const seed = options.number("seed", 0);
const from = options.number("from", 0);
const inputs = Math.ceil(all / chosen.length);
for (const subject of chosen) await fuzz(subject);

function fuzz(subject) {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const started = performance.now();
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: { subject, inputs, seed, from, progress },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  let seen = -1;
  const watch = setInterval(() => {
    if (progress[0] === seen) fail(`${subject}: input ${seen} of seed ${seed}: no end`);
    seen = progress[0];
  }, STUCK);
  const report = setInterval(() => {
    console.log(`${subject}: ${progress[0] - from} of ${inputs} inputs`);
  }, PROGRESS);
  worker.on("error", (error) => {
    fail(`${subject}: input ${progress[0]} of seed ${seed}: ${error.stack}`);
  });
  return new Promise((resolve) => {
    worker.on("message", (result) => {
      clearInterval(watch);
      clearInterval(report);
      if (result.failure) fail(`${subject}: ${result.failure}`);
      print(subject, result, (performance.now() - started) / 1000);
      resolve();
    });
  });
}

function print(subject, { counts, messages, slowest }, seconds) {
  const total = (what) => Object.values(counts).reduce((sum, count) => sum + count[what], 0);
  for (const [name, { read, refused }] of Object.entries(counts)) {
    console.log(`${name}: ${read + refused} inputs, ${read} read, ${refused} refused`);
  }
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${subject}: ${inputs} inputs, ${total("read")} read, ${total("refused")} refused with ${messages} different messages`,
  );
  console.log(
    `${seconds.toFixed(0)} s, slowest ${slowest.toFixed(0)} ms; memory of the process: ${memory} MiB at most`,
  );
}

function fail(what) {
  console.error(what);
  process.exit(1);
}
