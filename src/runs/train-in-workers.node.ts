import { Worker } from "node:worker_threads";
import { shareDataset } from "../data/share-dataset.js";
import { InputError } from "../errors.js";
import type { EpochMetrics } from "../train/metrics.js";
import type { TrainOptions, TrainResult } from "../train/train-options.js";
import type { Answer, TrainingMessage, TrainingTask } from "./training-worker.node.js";

/**
 * `trainEpochs` in a worker thread. When `threads` has become more at an epoch's end, the training continues
 * in another one with as many threads, with the same bits.
 *
 * @param threads how many threads to use now
 */
export async function trainInWorkers(
  options: TrainOptions,
  threads: () => number,
): Promise<TrainResult> {
  const epochs: EpochMetrics[] = [];
  let warning: TrainResult["warning"];
  const onWarning: TrainOptions["onWarning"] = (told) => {
    // Once, in whatever worker it is noticed.
    if (warning === undefined) options.onWarning?.(told);
    warning ??= told;
  };
  let part: TrainOptions = { ...options, onWarning };
  for (;;) {
    const result = await trainInWorker(part, threads);
    epochs.push(...result.epochs);
    if (!result.stopped || options.signal?.aborted) {
      return { ...result, epochs, ...(warning && { warning }) };
    }
    const { epoch } = epochs.at(-1)!;
    const { parameters, state } = result;
    const history = [...(options.resume?.history ?? []), ...epochs];
    const resume = { epoch, parameters, history, ...(state && { state }) };
    part = { ...part, resume, onStart: undefined };
  }
}

function trainInWorker(options: TrainOptions, threads: () => number): Promise<TrainResult> {
  const { data, signal, onStart, onProgress, onWarning, onEpoch, ...recipe } = options;
  const task: TrainingTask = { ...recipe, shared: shareDataset(data), threads: threads() };
  const answerNow = (): Answer =>
    signal?.aborted || threads() > task.threads ? "stop" : "continue";
  const file = new URL("./training-worker.node.js", import.meta.url);
  // Flags of the command line are the caller's: with `--input-type` no worker would start.
  const worker = new Worker(file, { workerData: task, execArgv: [] });
  let result: TrainResult | undefined;
  let failure: unknown;

  const receive = async (message: TrainingMessage): Promise<void> => {
    switch (message.type) {
      case "start":
        await onStart?.(message.engine);
        return worker.postMessage(answerNow());
      case "progress":
        return onProgress?.(message.progress);
      case "warning":
        return onWarning?.(message.warning);
      case "epoch":
        await onEpoch?.(message.metrics, message.parameters, message.state);
        return worker.postMessage(answerNow());
      case "done":
        result = message.result;
        return;
      case "refused":
        return fail(new InputError(message.where, message.expected, message.got));
    }
  };
  const fail = (error: unknown): void => {
    failure ??= error;
    worker.terminate();
  };
  return new Promise((resolve, reject) => {
    worker.on("message", (message: TrainingMessage) => receive(message).catch(fail));
    worker.on("error", fail);
    worker.on("exit", (code) => {
      if (failure !== undefined) reject(failure);
      else if (result !== undefined) resolve(result);
      else reject(new Error(`train: its worker thread ended with code ${code}`));
    });
  });
}
