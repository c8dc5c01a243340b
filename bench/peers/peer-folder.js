import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { batchSize, learningRate } from "../../dist/bench/timed-steps.js";
import { writeSafetensors } from "../../dist/formats/safetensors.js";

/** A turn warms up for at most this many steps and seconds, and is timed for at most this many seconds. */
export const turnLimits = { warmUp: { steps: 5, seconds: 1 }, turn: { seconds: 4 } };

/**
 * Writes the folder that peers read: normalised images, labels, and each model's initial values. The folder is
 * removed when this process ends.
 *
 * @param {import("../../dist/bench/images.js").BenchmarkData} data training images: whole batches of 64
 * @param {Map<string, import("../../dist/graph/tensors.js").NamedTensors>} initialValues by model
 * @returns {string} the folder
 */
export function writePeerFolder(data, initialValues) {
  const folder = mkdtempSync(join(tmpdir(), "fovea-peers-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const write = (name, content) => writeFileSync(join(folder, name), content);
  const { rows, columns } = data;
  write("setup.json", JSON.stringify({ batchSize, learningRate, rows, columns, ...turnLimits }));
  write("train-images.f32", normalised(data, data.train.images));
  write("train-labels.u8", data.train.labels);
  write("test-images.f32", normalised(data, data.test.images));
  for (const [model, values] of initialValues) {
    write(`${model}.safetensors`, writeSafetensors(values));
  }
  return folder;
}

function normalised({ mean, std }, bytes) {
  return Float32Array.from(bytes, (byte) => (byte / 255 - mean) / std);
}
