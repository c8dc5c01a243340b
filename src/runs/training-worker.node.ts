// What `trainInWorkers` starts: trains, tells what happens, and waits for an answer at the start and
// after each epoch, so that no next epoch begins before it is written.

import { parentPort, workerData } from "node:worker_threads";
import { type SharedDataset, sharedDataset } from "../data/share-dataset.js";
import { InputError } from "../errors.js";
import type { NamedTensors } from "../graph/tensors.js";
import type { LossWarning } from "../train/loss-watch.js";
import type { EpochMetrics, TrainProgress } from "../train/metrics.js";
import { trainEpochs } from "../train/train-epochs.js";
import type { EngineInfo, TrainOptions, TrainResult } from "../train/train-options.js";
import type { TrainingState } from "../train/training-state.js";

type Callback = "onStart" | "onProgress" | "onWarning" | "onEpoch";

/** What to train. */
export interface TrainingTask extends Omit<TrainOptions, "data" | "signal" | Callback> {
  readonly shared: SharedDataset;
  readonly threads: number;
}

export type TrainingMessage =
  | { readonly type: "start"; readonly engine: EngineInfo }
  | { readonly type: "progress"; readonly progress: TrainProgress }
  | { readonly type: "warning"; readonly warning: LossWarning }
  | {
      readonly type: "epoch";
      readonly metrics: EpochMetrics;
      readonly parameters: NamedTensors;
      readonly state: TrainingState | undefined;
    }
  | { readonly type: "done"; readonly result: TrainResult }
  | {
      readonly type: "refused";
      readonly where: string;
      readonly expected: string;
      readonly got: string;
    };

/** To the start and to each epoch; `stop` ends the training there. */
export type Answer = "continue" | "stop";

const { shared, ...recipe }: TrainingTask = workerData;
const port = parentPort!;
const controller = new AbortController();

try {
  const result = await trainEpochs({
    ...recipe,
    data: sharedDataset(shared),
    signal: controller.signal,
    onStart: (engine) => ask({ type: "start", engine }),
    onProgress: (progress) => tell({ type: "progress", progress }),
    onWarning: (warning) => tell({ type: "warning", warning }),
    onEpoch: (metrics, parameters, state) => ask({ type: "epoch", metrics, parameters, state }),
  });
  tell({ type: "done", result });
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  const { where, expected, got } = error;
  tell({ type: "refused", where, expected, got });
}

function tell(message: TrainingMessage): void {
  port.postMessage(message);
}

function ask(message: TrainingMessage): Promise<void> {
  tell(message);
  return new Promise((resolve) => {
    port.once("message", (answer: Answer) => {
      if (answer === "stop") controller.abort();
      resolve();
    });
  });
}
