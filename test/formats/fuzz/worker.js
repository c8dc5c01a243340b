// Reads one input after another and counts; posts what it counted, or the first input that goes wrong.
import { parentPort, workerData } from "node:worker_threads";
import { makeInput } from "./inputs.js";

/** How long one input may take, milliseconds: far more than any needs. */
const LIMIT = 5000;
/** What views may add to a file's length, as `readPyTorch` says. */
const MOST_REPEATED = 2 ** 26;

const { seed, from, inputs, progress } = workerData;
const counts = {};
const messages = new Set();
let slowest = 0;
for (let index = from; index < from + inputs; index++) {
  Atomics.store(progress, 0, index);
  const { name, read, bytes } = makeInput(seed, index);
  let { problem, time } = tryTimed(name, read, bytes);
  // The machine may have been busy with something else.
  if (!problem && time > LIMIT) ({ problem, time } = tryTimed(name, read, bytes));
  slowest = Math.max(slowest, time);
  if (problem || time > LIMIT) {
    const what = problem ?? `took ${Math.round(time)} ms`;
    parentPort.postMessage({ failure: `input ${index} of seed ${seed} (${name}): ${what}` });
    process.exit();
  }
}
parentPort.postMessage({ counts, messages: messages.size, slowest });

function tryTimed(name, read, bytes) {
  const started = performance.now();
  const problem = tryInput(name, read, bytes);
  return { problem, time: performance.now() - started };
}

/** What is wrong with how an input was treated; undefined where it was read or refused well. */
function tryInput(name, read, bytes) {
  counts[name] ??= { read: 0, refused: 0 };
  try {
    const { tensors } = read(bytes, "file");
    counts[name].read++;
    return findWrongTensor(tensors, bytes.length);
  } catch (error) {
    counts[name].refused++;
    // Digits and names aside, so that messages count once.
    messages.add(String(error.message).replace(/"[^"]*"|\d+/g, "#"));
    const isOneLine = /^file: expected [^\p{C}\u2028\u2029]+, got [^\p{C}\u2028\u2029]+$/u;
    if (error.name === "InputError" && isOneLine.test(error.message)) return undefined;
    return error.stack;
  }
}

function findWrongTensor(tensors, length) {
  let bytes = 0;
  for (const [name, { shape, values }] of tensors) {
    bytes += values.byteLength;
    if (values.length !== shape.reduce((size, extent) => size * extent, 1)) {
      return `${values.length} values in ${name} of shape ${shape}`;
    }
  }
  return bytes > length + MOST_REPEATED ? `${bytes} bytes out of ${length}` : undefined;
}
