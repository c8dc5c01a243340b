import { availableParallelism } from "node:os";
import { checkList, checkOptions, checkWhole } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { shareDataset, sharedDataset } from "../data/share-dataset.js";
import { collectPredictions } from "../inspect/predictions.js";
import { collectViews } from "../inspect/views.js";
import { recordTraining, type Trainer } from "./record-training.node.js";
import type { RecordTrainingOptions } from "./recording.js";
import type { Run } from "./run-folder.node.js";
import { shareThreads } from "./share-threads.js";
import { trainInWorkers } from "./train-in-workers.node.js";

/** A run among several, which get threads and signal together. */
export type RunOptions = Omit<RecordTrainingOptions, "threads" | "signal">;

/** What became of a run; `reason` is its error, or the signal's reason where it never began. */
export type RunOutcome = PromiseSettledResult<Run>;

/** What {@link trainRuns} takes. */
export interface TrainRunsOptions {
  /** In the order in which they begin. */
  readonly runs: readonly RunOptions[];
  /** For all runs together. Default: the processor's cores. */
  readonly threads?: number;
  /** When it aborts, the epochs that run are finished and kept, and no run begins. */
  readonly signal?: AbortSignal;
  /** Called when a run is done, stopped or failed, with its index in `runs`. */
  readonly onEnd?: (run: number, outcome: RunOutcome) => void;
}

/** Trains in a place of its own; the tests put their own in place. */
export type TrainerFor = (threads: () => number) => Trainer;

/** Trains in a worker thread. */
export const workerTrainer: TrainerFor = (threads) => ({
  train: (options) => trainInWorkers(options, threads),
  collectViews,
  collectPredictions,
});

/**
 * Trains many runs beside each other, each in a worker thread and recorded as by `recordTraining`:
 * a run a thread while there are enough, then several threads a run (`shareThreads`). A run whose
 * share grows continues with more threads from its next epoch. Nothing of this changes a bit of the
 * results.
 *
 * An error ends its run alone. Files are written by the calling thread.
 *
 * @returns what became of each run, in the order of `runs`
 * @throws InputError where an option is unknown, `runs` is no list, or `threads` no whole number of 1 or more
 * @example
 * const recipe = { data, epochs: 1, batchSize: 64, learningRate: 0.01, model: models.stn };
 * const seeds = [0, 1];
 * await trainRuns({ runs: seeds.map((seed) => ({ ...recipe, seed, directory: `runs/many-${seed}` })) });
 */
export async function trainRuns(
  options: TrainRunsOptions,
  trainerFor: TrainerFor = workerTrainer,
): Promise<RunOutcome[]> {
  checkOptions("trainRuns", options, ["runs", "threads", "signal", "onEnd"]);
  const { runs, threads = availableParallelism(), signal, onEnd } = options;
  checkList("trainRuns", "runs", runs);
  checkWhole("trainRuns", "threads", threads, 1);
  const outcomes: RunOutcome[] = new Array(runs.length);
  const left = runs.map((_, run) => run);
  const training = new Map<number, Promise<void>>();
  const shared = new Map<Dataset, Dataset>();

  const begin = async (run: number): Promise<void> => {
    const own = runs[run]!;
    const data = shared.get(own.data) ?? sharedDataset(shareDataset(own.data));
    shared.set(own.data, data);
    const trainer = trainerFor(() => shareThreads(left.length, threads)[left.indexOf(run)]!);
    const [outcome] = await Promise.allSettled([recordTraining({ ...own, data, signal }, trainer)]);
    outcomes[run] = outcome!;
    left.splice(left.indexOf(run), 1);
    training.delete(run);
    onEnd?.(run, outcome!);
  };

  while (left.length > 0) {
    for (const run of left.slice(0, threads)) {
      if (!training.has(run)) training.set(run, begin(run));
    }
    await Promise.race(training.values());
  }
  return outcomes;
}
