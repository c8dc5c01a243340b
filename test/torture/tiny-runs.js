// Runs that take milliseconds, and what of a run must not depend on interruptions.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DIGITS_COUNTS } from "../../dist/data/sources/digits.js";
import { defineModel, digits, flatten, linear, logSoftmax, maxPool2d } from "../../dist/index.js";
import { recordTraining, runFiles } from "../../dist/node.js";

/** A network of 170 values. */
const tiny = defineModel("tiny", (image, { classes }) => {
  const x = flatten(maxPool2d(image, 7)); // [16]
  return logSoftmax(linear(x, "head", { outFeatures: classes })); // [classes]
});

/** From now on `--data digits` has 30 images to train on and 20 to test. */
export function fewImages() {
  Object.assign(DIGITS_COUNTS, { train: 30, test: 20 });
}

/**
 * Trains a run of the network above.
 *
 * @param {string} directory
 * @param {{ epochs?: number, seed?: number }} [recipe]
 */
export function recordTiny(directory, { epochs = 2, seed = 0 } = {}) {
  const recipe = { epochs, seed, batchSize: 16, learningRate: 0.05, threads: 1 };
  return recordTraining({ directory, model: tiny, data: digits(), ...recipe });
}

/**
 * Everything of a run that must not depend on interruptions, as text.
 *
 * @param {string} directory
 */
export function contentOf(directory) {
  const { record, metrics, best, last, views, model } = runFiles(directory);
  const bytes = [best, last, views, model].map((path) => readFileSync(path).toString("base64"));
  return JSON.stringify([...bytes, linesOf(metrics), settledRecord(record)]);
}

/** Lines of epochs without the two columns of time. */
function linesOf(path) {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.map((line) => line.split(",").filter((_, column) => column !== 5 && column !== 6));
}

/** Without times, what depends on them, and the parts that an interruption adds. */
function settledRecord(path) {
  const { spec, digest, data, files, state } = JSON.parse(readFileSync(path, "utf8"));
  const states = files.states.map(({ metrics: _, ...rest }) => rest);
  return { spec, digest, data, state, files: { ...files, states } };
}

/**
 * Copies a folder; faster than Node's own recursion.
 *
 * @param {string} from
 * @param {string} to
 */
export function copyFolder(from, to) {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFolder(source, target);
    else copyFileSync(source, target);
  }
}

/**
 * Makes locks and temporary files that this process left look like those of one that has ended.
 *
 * @param {string} directory
 */
export function orphan(directory) {
  if (!existsSync(directory)) return;
  // No Linux process has this number.
  const nobody = 2 ** 22 + 1;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) orphan(path);
    if (entry.name === "lock.json") {
      const text = readFileSync(path, "utf8");
      writeFileSync(path, text.replace(`"pid": ${process.pid}`, `"pid": ${nobody}`));
    }
    if (entry.name.endsWith(".tmp")) {
      renameSync(path, join(directory, entry.name.replace(`-${process.pid}-`, `-${nobody}-`)));
    }
  }
}

/**
 * Names of locks and temporary files in a folder. A folder below it keeps those of a killed process until something
 * is written there again.
 *
 * @param {string} directory
 */
export function leftovers(directory) {
  return readdirSync(directory).filter((name) => name === "lock.json" || name.endsWith(".tmp"));
}
