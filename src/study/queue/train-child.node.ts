// What `TrainingProcess` starts: trains the runs that it is told, one after the other, and tells what becomes of them.
// It knows nothing of queues, so that whatever a training does, the worker's own process renews its locks.

import type { Dataset } from "../../data/dataset.js";
import { DataMemory } from "../../engine/data-memory.js";
import { InputError } from "../../errors.js";
import { MachineFault } from "../../files/file-problem.js";
import { decodeModel } from "../../runs/model-codec.js";
import { recordTraining } from "../../runs/record-training.node.js";
import { isRun } from "../../runs/run-folder.node.js";
import { heldOutOf, sectionsOf } from "../../runs/run-spec.js";
import { workerTrainer } from "../../runs/train-runs.node.js";
import type { TrainProgress } from "../../train/metrics.js";
import type { FolderArchive } from "./archive.js";
import type { DataFacts, Job } from "./messages.js";
import { archiveFolder, runBits } from "./run-archive.node.js";
import { ownData } from "./sent-data.node.js";

/** A run to be trained in a folder, from where the run that is there ended. */
export interface TrainingTask {
  readonly job: Job;
  readonly directory: string;
  /** The text of the run's `model.json`. */
  readonly network: string;
  readonly facts: DataFacts;
  readonly dataFolder: string;
}

export type TaskMessage =
  | { readonly type: "train"; readonly task: TrainingTask }
  /** Ends after the current epoch. */
  | { readonly type: "stop" };

/** How a task ended; the process is then ready for the next one. */
export type TaskEnd =
  | { readonly type: "trained"; readonly archive: FolderArchive; readonly bits: string }
  | { readonly type: "stopped"; readonly epochs: number; readonly archive?: FolderArchive }
  | { readonly type: "failed"; readonly reason: string }
  /** This machine's disk is full or failed: the members of a `MachineFault`. */
  | ({ readonly type: "unable" } & Pick<MachineFault, "where" | "expected" | "got">)
  /** This machine has not got the data. */
  | { readonly type: "no data" };

export type ChildMessage =
  | TaskEnd
  | { readonly type: "begun"; readonly epochsDone: number }
  | { readonly type: "progress"; readonly progress: TrainProgress }
  | { readonly type: "note"; readonly line: string }
  /** An epoch's files are written. */
  | { readonly type: "epoch"; readonly epoch: number; readonly archive: FolderArchive };

/** Between two messages of progress, milliseconds. */
const pace = 500;

let controller = new AbortController();
let data: { readonly key: string; readonly data: Dataset } | undefined;

process.on("message", (message: TaskMessage) => {
  if (message.type === "stop") controller.abort();
  else void train(message.task).then(tell);
});
// The worker decides what a signal ends, and a terminal sends it to both.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());

function tell(message: ChildMessage): void {
  process.send!(message);
}

async function train(task: TrainingTask): Promise<TaskEnd> {
  controller = new AbortController();
  const { signal } = controller;
  try {
    const found = await dataOf(task);
    if (found === undefined) return { type: "no data" };
    return await record(task, found, signal);
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { type: "stopped", epochs: 0 };
    if (error instanceof MachineFault) {
      const { where, expected, got } = error;
      return { type: "unable", where, expected, got };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { type: "failed", reason: reason.split("\n")[0]!.slice(0, 2000) };
  }
}

/** Data stay in memory for the next run. */
async function dataOf({ facts, dataFolder }: TrainingTask): Promise<Dataset | undefined> {
  const key = JSON.stringify(facts);
  if (data?.key === key) return data.data;
  data = undefined;
  const found = await ownData(facts, dataFolder, new DataMemory().allocate);
  data = found && { key, data: found };
  return found;
}

async function record(
  { job, directory, network }: TrainingTask,
  found: Dataset,
  signal: AbortSignal,
): Promise<TaskEnd> {
  const { spec } = job;
  const { graph } = decodeModel(network, "network");
  const { epochs, batchSize, learningRate, patience } = spec.recipe;
  const heldOut = heldOutOf(spec);
  let told = 0;
  const run = await recordTraining(
    {
      ...sectionsOf(spec),
      ...{ directory, epochs, batchSize, learningRate, seed: spec.seed, data: found, signal },
      ...(patience !== undefined && { patience }),
      ...(heldOut !== undefined && { validation: heldOut }),
      model: { name: job.model, graph, ...(job.options && { options: job.options }) },
      resume: isRun(directory),
      onStart: (_, epochsDone) => tell({ type: "begun", epochsDone }),
      onProgress: (progress) => {
        if (performance.now() - told < pace) return;
        told = performance.now();
        tell({ type: "progress", progress });
      },
      onEpoch: ({ epoch }) => tell({ type: "epoch", epoch, archive: archiveFolder(directory) }),
      onNote: (line) => tell({ type: "note", line }),
    },
    workerTrainer(() => 1),
  );
  if (run.record.digest !== job.digest) {
    const expected = `the run ${job.digest.slice(0, 12)}`;
    throw new InputError(job.key, expected, run.record.digest.slice(0, 12));
  }
  const archive = archiveFolder(directory);
  if (run.record.state === "done") return { type: "trained", archive, bits: runBits(run) };
  return { type: "stopped", epochs: run.metrics.length, archive };
}
