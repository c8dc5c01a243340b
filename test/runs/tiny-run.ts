import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockName } from "../../src/files/folder-lock.node.js";
import { defineModel, flatten, linear, logSoftmax, maxPool2d } from "../../src/index.js";
import { recordTraining } from "../../src/runs/record-training.node.js";
import type { RecordTrainingOptions } from "../../src/runs/recording.js";
import { type Run, runFiles } from "../../src/runs/run-folder.node.js";
import { emptyData, fakeTrainer } from "./fake-trainer.js";

/** A network of 170 values, for tests of files. */
export const tiny = defineModel("tiny", (image, { classes }) => {
  const x = flatten(maxPool2d(image, 7)); // [16]
  return logSoftmax(linear(x, "head", { outFeatures: classes })); // [classes]
});

/** The validation losses of its epochs: the best is epoch 2, then 5. */
const losses = [3, 1, 2, 1, 0.5, 0.4];

/** Trains nothing, and writes a run's files. */
export function recordTiny(
  directory: string,
  change: Partial<RecordTrainingOptions> = {},
): Promise<Run> {
  const recipe = { epochs: 3, seed: 7, batchSize: 64, learningRate: 0.01 };
  return recordTraining(
    { directory, model: tiny, data: emptyData, ...recipe, ...change },
    fakeTrainer(losses),
  );
}

/** A recipe that keeps more than the weights. */
export const stateful = {
  optimizer: { kind: "adam" },
  ema: { decay: 0.5 },
  schedule: { kind: "plateau" },
} as const satisfies Partial<RecordTrainingOptions>;

/** Ends a training after some epochs, as Ctrl-C does. */
export function stopAfter(epochs: number): Partial<RecordTrainingOptions> {
  const controller = new AbortController();
  const onEpoch = ({ epoch }: { epoch: number }) => epoch === epochs && controller.abort();
  return { signal: controller.signal, onEpoch };
}

/** Everything that must not depend on interruptions. */
export function contentOf(directory: string): (string | undefined)[] {
  const { metrics, best, last, state, views, model } = runFiles(directory);
  return [metrics, best, last, state, views, model].map((path) =>
    existsSync(path) ? readFileSync(path).toString("base64") : undefined,
  );
}

/** Makes a lock that this process left look like one of a process that has ended. */
export function killOwner(directory: string): void {
  const path = join(directory, lockName);
  if (!existsSync(path)) return;
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(`"pid": ${process.pid}`, `"pid": ${2 ** 22 + 1}`));
}

/** Changes one byte of a file. */
export function changeByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0x10;
  writeFileSync(path, bytes);
}
