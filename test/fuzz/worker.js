// Tries one input after another and counts; posts what it counted, or the first input that goes wrong.
import { parentPort, workerData } from "node:worker_threads";

/** How long one input may keep the processor busy, milliseconds: far more than any needs. */
const LIMIT = 5000;

const { subject, seed, from, inputs, progress } = workerData;
/** `makeInput(seed, index)` gives an input's kind and how it is tried: `try()` says what is wrong with what was read. */
const { makeInput } = await import(`./${subject}/inputs.js`);
const counts = {};
const messages = new Set();
let slowest = 0;
for (let index = from; index < from + inputs; index++) {
  Atomics.store(progress, 0, index);
  const input = makeInput(seed, index);
  const { problem, time } = await tryTimed(input);
  slowest = Math.max(slowest, time);
  if (problem || time > LIMIT) {
    const what = problem ?? `took ${Math.round(time)} ms`;
    parentPort.postMessage({ failure: `input ${index} of seed ${seed} (${input.name}): ${what}` });
    process.exit();
  }
}
parentPort.postMessage({ counts, messages: messages.size, slowest });

/** The processor's time, as other programs may keep this one waiting. */
async function tryTimed(input) {
  const before = process.cpuUsage();
  const problem = await tryInput(input);
  const { user, system } = process.cpuUsage(before);
  return { problem, time: (user + system) / 1000 };
}

/** What is wrong with how an input was treated; undefined where it was read or refused well. */
async function tryInput(input) {
  counts[input.name] ??= { read: 0, refused: 0 };
  try {
    const problem = await input.try();
    counts[input.name].read++;
    return problem;
  } catch (error) {
    counts[input.name].refused++;
    // Digits and names aside, so that messages count once.
    messages.add(String(error.message).replace(/"[^"]*"|\d+/g, "#"));
    const isOneLine =
      /^[^\p{C}\u2028\u2029]+: expected [^\p{C}\u2028\u2029]+, got [^\p{C}\u2028\u2029]+$/u;
    if (error.name === "InputError" && isOneLine.test(error.message)) return undefined;
    return error.stack;
  }
}
