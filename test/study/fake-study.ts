import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dataset } from "../../src/data/dataset.js";
import type { Model } from "../../src/graph/model.js";
import type { TrainerFor } from "../../src/runs/train-runs.node.js";
import { variantsOf } from "../../src/study/expand.js";
import { parseManifest, type StudyManifest } from "../../src/study/manifest.js";
import {
  type AskedStudy,
  beginStudy,
  type StudyFolder,
} from "../../src/study/study-folder.node.js";
import type { TrainOptions } from "../../src/train/train-options.js";
import { epochMetrics } from "../runs/epoch-metrics.js";
import { emptyData, fakeTrainer, parametersAfter } from "../runs/fake-trainer.js";
import { tiny } from "../runs/tiny-run.js";

/** Empty images of ten classes. */
export const studyData: Dataset = {
  ...emptyData,
  test: { ...emptyData.test, labels: emptyData.test.labels.map((_, at) => at % 10) },
};

/** A short manifest of two models with two seeds. */
export const shortManifest: StudyManifest = {
  format: 1,
  models: ["cnn", "stn"],
  seeds: 2,
  data: "empty",
  recipe: { epochs: 2 },
};

/** A study whose networks are all tiny. */
export function askedStudy(change: Partial<StudyManifest> = {}): AskedStudy {
  const study = parseManifest({ ...shortManifest, ...change }, "study.json");
  const { graph } = tiny.build(emptyData);
  const networks = new Map(
    variantsOf(study).map(({ name, model }): [string, Model] => [name, { name: model, graph }]),
  );
  const { name, digest } = emptyData;
  return { study, networks, data: { choice: name, name, digest } };
}

/** Begins a study whose networks are all tiny. */
export function beginFake(
  directory: string,
  change: Partial<StudyManifest> = {},
  extend = false,
): Promise<StudyFolder> {
  return beginStudy(directory, askedStudy(change), extend);
}

/** How many of the 100 images a run classifies correctly; it may throw. */
export type CorrectOf = (model: string, seed: number, epoch: number) => number;

/** Trains nothing: each epoch has the accuracy that a function says. Counts the runs that began. */
export function accuracyTrainer(correctOf: CorrectOf): { trainerFor: TrainerFor; begun: string[] } {
  const begun: string[] = [];
  const { train: _train, ...others } = fakeTrainer([]);
  const train = async ({ model, seed = 0, epochs = 1, ...options }: TrainOptions) => {
    const engine = { build: "relaxed-fma", threads: 1, shards: 8 } as const;
    begun.push(`${model.name} ${seed}`);
    await options.onStart?.(engine);
    let epoch = options.resume?.epoch ?? 0;
    while (epoch < epochs && !options.signal?.aborted) {
      epoch++;
      const validationCorrect = correctOf(model.name, seed, epoch);
      const validationAccuracy = validationCorrect / 100;
      await options.onEpoch?.(
        epochMetrics(epoch, { validationCorrect, validationAccuracy }),
        parametersAfter(model, epoch),
      );
    }
    const parameters = parametersAfter(model, epoch);
    return { engine, epochs: [], stopped: epoch < epochs, endedEarly: false, parameters };
  };
  return { trainerFor: () => ({ train, ...others }), begun };
}

/** Makes locks, claims and temporary files of this process look like those of one that has ended. */
export function orphan(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isOwn = entry.name === "lock.json" || entry.parentPath.endsWith("claims");
    if (!entry.isFile() || !isOwn) continue;
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(`"pid": ${process.pid}`, `"pid": ${2 ** 22 + 1}`));
  }
}
