// Feeds changed checkpoints to the readers of src/formats/: each must be read, or refused with one line.
//
//     node test/formats/fuzz/fuzz.js [--inputs 100000] [--seed 0] [--from 0]
//
// An input's number and the seed decide it: the numbers that a failure names, as --seed and --from with
// --inputs 1, make it again. Exits with 1 at the first failure.
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";

/** No input may keep the worker busy so long, milliseconds. */
const STUCK = 60_000;

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "100000" },
    seed: { type: "string", default: "0" },
    from: { type: "string", default: "0" },
  },
});
const [inputs, seed, from] = [values.inputs, values.seed, values.from].map(Number);
const progress = new Int32Array(new SharedArrayBuffer(4));
const worker = new Worker(new URL("./worker.js", import.meta.url), {
  workerData: { inputs, seed, from, progress },
  resourceLimits: { maxOldGenerationSizeMb: 512 },
});

let seen = -1;
const watch = setInterval(() => {
  if (progress[0] === seen) fail(`input ${seen} of seed ${seed}: no end`);
  seen = progress[0];
}, STUCK);
worker.on("error", (error) => fail(`input ${progress[0]} of seed ${seed}: ${error.stack}`));
worker.on("message", ({ failure, counts, messages, slowest }) => {
  clearInterval(watch);
  if (failure) fail(failure);
  const total = (what) => Object.values(counts).reduce((sum, count) => sum + count[what], 0);
  for (const [name, { read, refused }] of Object.entries(counts)) {
    console.log(`${name}: ${read + refused} inputs, ${read} read, ${refused} refused`);
  }
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `all: ${inputs} inputs, ${total("read")} read, ${total("refused")} refused with ${messages} different messages`,
  );
  console.log(`slowest: ${slowest.toFixed(0)} ms; memory of the process: ${memory} MiB at most`);
});

function fail(what) {
  console.error(what);
  process.exit(1);
}
