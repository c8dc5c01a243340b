import type { Dataset } from "../../src/data/dataset.js";
import { type ModelSource, modelFor } from "../../src/graph/model.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { predictionsOf } from "../../src/inspect/predictions.js";
import type { Trainer } from "../../src/runs/record-training.node.js";
import type { TrainingState } from "../../src/train/training-state.js";
import { epochMetrics } from "./epoch-metrics.js";

/** Hundred empty images, for runs that compute nothing. */
export const emptyData: Dataset = {
  name: "empty",
  source: "built in",
  digest: "0123456789abcdef",
  channels: 1,
  rows: 28,
  columns: 28,
  classes: 10,
  mean: 0.5,
  std: 0.5,
  train: { count: 100, images: new Uint8Array(78400), labels: new Uint8Array(100) },
  test: { count: 100, images: new Uint8Array(78400), labels: new Uint8Array(100) },
};

/** Parameters of a model whose values all say which epoch they are from. */
export function parametersAfter(model: ModelSource, epoch: number): NamedTensors {
  const { parameters } = modelFor("test", model, emptyData).graph;
  return new Map(
    parameters.map(({ name, shape }) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, values: new Float32Array(size).fill(epoch) }];
    }),
  );
}

/** What a training with averages keeps: the weights, whose values are half an epoch ahead, and the averages. */
function stateAfter(model: ModelSource, epoch: number): TrainingState {
  const beginning = (text: string, tensors: NamedTensors) =>
    [...tensors].map(([name, tensor]) => [`${text}.${name}`, tensor] as const);
  return {
    tensors: new Map([
      ...beginning("parameters", parametersAfter(model, epoch + 0.5)),
      ...beginning("averages", parametersAfter(model, epoch)),
    ]),
    plateau: { learningRate: 0.1 / epoch, best: null, badEpochs: epoch, coolingEpochs: 0 },
  };
}

function checkState(epoch: number, state: TrainingState | undefined): void {
  const [first] = state?.tensors.values() ?? [];
  if (first?.values[0] === epoch + 0.5 && state?.plateau?.badEpochs === epoch) return;
  throw new Error(`resumed after epoch ${epoch} with another state`);
}

/**
 * A trainer whose validation losses are given and whose weights are the epoch's number. It fails
 * where it is not resumed with the weights of the epoch before.
 */
export function fakeTrainer(validationLosses: readonly number[]): Trainer {
  const engine = { build: "relaxed-fma", threads: 1, shards: 8 } as const;
  return {
    async train(options) {
      const { epochs = 5, model, resume, signal } = options;
      const first = resume?.parameters.values().next().value?.values[0] ?? 0;
      if (first !== (resume?.epoch ?? 0)) throw new Error(`resumed with weights of epoch ${first}`);
      if (resume !== undefined && options.ema !== undefined) checkState(resume.epoch, resume.state);
      await options.onStart?.(engine);
      let epoch = resume?.epoch ?? 0;
      while (epoch < epochs && !signal?.aborted) {
        epoch++;
        const validationLoss = validationLosses[epoch - 1]!;
        await options.onEpoch?.(
          epochMetrics(epoch, { validationLoss }),
          parametersAfter(model, epoch),
          options.ema && stateAfter(model, epoch),
        );
      }
      const parameters = parametersAfter(model, epoch);
      return { engine, epochs: [], stopped: epoch < epochs, endedEarly: false, parameters };
    },
    async collectViews(_model, data, parameters) {
      const theta = [parameters.values().next().value!.values[0]!, 0, 0, 0, 0, 0];
      const { channels, rows, columns } = data;
      const pixels = new Array(rows * columns).fill(0);
      const image = { index: 0, label: 1, prediction: 2, probability: 0.5, pixels, theta };
      return { channels, rows, columns, images: [image] };
    },
    async collectPredictions(_model, data) {
      return predictionsOf(data, new Float32Array(data.test.count * data.classes).fill(-1));
    },
  };
}
