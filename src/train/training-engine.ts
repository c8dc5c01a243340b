import type { Dataset } from "../data/dataset.js";
import { Engine } from "../engine/engine.js";
import type { Graph } from "../graph/graph.js";
import { withLoss } from "../graph/with-loss.js";
import type { Settings } from "./train-options.js";

/** The engine of a training: `train` steps over the set `train`, `evaluate` scores the set `test`. */
export type TrainingEngine = Engine<"train" | "evaluate", "train" | "test">;

/** @param data its test images are those that epochs are validated on */
export function trainingEngine(
  graph: Graph,
  data: Dataset,
  { recipe, batchSize, threads }: Pick<Settings, "recipe" | "batchSize" | "threads">,
): Promise<TrainingEngine> {
  const { optimizer, groups, clip, ema, loss, penalty, augment } = recipe;
  return Engine.create({
    plans: {
      train: {
        graph: withLoss(graph, loss, penalty),
        training: true,
        objective: "loss",
        update: true,
        augment,
      },
      evaluate: {
        ...{ graph, training: false, objective: "score", update: false },
        averaged: ema !== undefined,
      },
    },
    update: { optimizer, groups, clip, ema },
    sets: { train: data.train, test: data.test },
    batchSize,
    threads,
    mean: data.mean,
    std: data.std,
  });
}
