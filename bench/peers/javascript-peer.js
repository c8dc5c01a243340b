// Shared by the peers in JavaScript. They read the same folder and the same commands as `python_peer.py`.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readSafetensors } from "../../dist/formats/safetensors.js";

/** Images as normalised float32 [batch, rows, columns], and initial values by PyTorch's names. */
export class PeerFolder {
  constructor(path) {
    this.path = path;
    Object.assign(this, JSON.parse(readFileSync(join(path, "setup.json"), "utf8")));
    const pixels = new Float32Array(new Uint8Array(this.#read("train-images.f32")).buffer);
    const labels = this.#read("train-labels.u8");
    const size = this.batchSize * this.rows * this.columns;
    this.batches = Array.from({ length: labels.length / this.batchSize }, (_, batch) => ({
      images: pixels.slice(batch * size, (batch + 1) * size),
      labels: Int32Array.from(
        labels.subarray(batch * this.batchSize, (batch + 1) * this.batchSize),
      ),
    }));
  }

  #read(name) {
    return readFileSync(join(this.path, name));
  }

  /** @returns {Map<string, { shape: number[], values: Float32Array }>} */
  initialValues(model) {
    const name = `${model}.safetensors`;
    return readSafetensors(this.#read(name), name).tensors;
  }
}

/**
 * Values of a tensor with its dimensions permuted.
 *
 * @param order for each dimension of the result, its index in `shape`
 */
export function transposed({ shape, values }, order) {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  let from = [0];
  for (const axis of order) {
    const steps = Array.from({ length: shape[axis] }, (_, index) => index * strides[axis]);
    from = from.flatMap((start) => steps.map((step) => start + step));
  }
  return {
    shape: order.map((axis) => shape[axis]),
    values: Float32Array.from(from, (at) => values[at]),
  };
}

/** Milliseconds of each of `count` runs, or of fewer, at least one, if they take too long. */
async function timed(run, count, seconds) {
  const times = [];
  let sum = 0;
  while (times.length < count && sum < seconds * 1000) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
    sum += times.at(-1);
  }
  return times;
}

/**
 * Prints the peer's name and version, then answers requests until standard input ends.
 *
 * @param identity name and version
 * @param {(model: string, values: Map) => { step, loss }} createTraining `step()` trains on the next
 * batch, `loss()` does the same with dropout off and gives the loss
 */
export async function serve(identity, folder, createTraining) {
  const trainings = new Map();
  const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

  async function losses(model, count) {
    const training = createTraining(model, folder.initialValues(model));
    const all = [];
    for (let step = 0; step < count; step++) all.push(await training.loss());
    return all;
  }

  async function steps(model, count) {
    if (!trainings.has(model)) {
      trainings.set(model, createTraining(model, folder.initialValues(model)));
    }
    const step = () => trainings.get(model).step();
    await timed(step, folder.warmUp.steps, folder.warmUp.seconds);
    return timed(step, count, folder.turn.seconds);
  }

  print(identity);
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, model, count] = line.split(" ");
    print(await (what === "losses" ? losses : steps)(model, Number(count)));
  }
}
