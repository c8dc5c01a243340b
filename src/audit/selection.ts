import { holdOut } from "../data/split.js";
import { counted, thousands } from "../numbers.js";
import { bestEpoch } from "../train/best-epoch.js";
import { evaluate } from "../train/evaluate.js";
import type { EpochMetrics } from "../train/metrics.js";
import { train } from "../train/train.js";
import type { Check, CheckRun, Subject } from "./check.js";
import { inPercent } from "./in-percent.js";

/** An epoch and its result on the test images. */
export interface ChosenEpoch {
  readonly epoch: number;
  readonly correct: number;
  readonly total: number;
}

/** Three epochs of the training that gave the weights. */
export interface HistoryFigures {
  readonly epochs: number;
  /** The highest accuracy on the test images, which studies often report. */
  readonly best: ChosenEpoch;
  /** The lowest loss on the test images; Fovea keeps the weights of this epoch. */
  readonly lowestLoss: ChosenEpoch;
  /** The last epoch, for which nothing is chosen. */
  readonly last: ChosenEpoch;
}

/** Three epochs of a training with images held out. */
export interface HeldOutFigures {
  readonly epochs: number;
  readonly trainImages: number;
  readonly heldOutImages: number;
  /** The epoch with the lowest loss on the images held out. */
  readonly byHeldOut: ChosenEpoch;
  /** The epoch with the highest accuracy on the test images. */
  readonly byTest: ChosenEpoch;
  readonly last: ChosenEpoch;
  readonly curve: readonly {
    readonly epoch: number;
    readonly heldOutLoss: number;
    readonly testCorrect: number;
  }[];
}

export interface SelectionFigures {
  readonly history?: HistoryFigures;
  readonly heldOut?: HeldOutFigures;
}

/** Of the training images; 5,000 of MNIST's 60,000. */
const HELD_OUT_PART = 1 / 12;

/**
 * Was the checkpoint chosen on the images that it is scored on?
 *
 * Fovea's runs are unless they hold out training images, so a history of more than one epoch is flagged. The accuracies of the best epoch, the
 * epoch of the lowest loss and the last epoch show how much the choice adds. A short training with a
 * twelfth of the training images held out shows what an honest choice gives.
 */
export const checkSelection: Check<SelectionFigures> = async (subject, run) => {
  const { heldOutImages } = subject;
  const history = heldOutImages === undefined ? historyOf(subject.history) : undefined;
  const heldOut = subject.selectionEpochs > 0 ? await trainHeldOut(subject, run) : undefined;
  const words = [
    history ? describeHistory(history) : describeWithout(subject),
    ...(heldOut ? [describeHeldOut(heldOut)] : []),
  ];
  const chosen = history !== undefined && history.epochs > 1;
  return {
    verdict: chosen ? "flag" : history || heldOutImages ? "pass" : "not tested",
    text: words.join("; "),
    figures: { ...(history && { history }), ...(heldOut && { heldOut }) },
  };
};

function describeWithout({ history, heldOutImages }: Subject): string {
  if (heldOutImages === undefined) return "no history of epochs";
  const from = counted(history.length, "epoch");
  return `chosen from ${from} on ${thousands(heldOutImages)} training images held out, none of the test images`;
}

function describeHistory({ epochs, best, lowestLoss, last }: HistoryFigures): string {
  if (epochs === 1) return "one epoch, nothing to choose";
  const at = `${accuracy(best)} at the best, ${accuracy(lowestLoss)} at the lowest loss, ${accuracy(last)} at the last`;
  return `chosen from ${epochs} epochs on the test images that score it: ${at}`;
}

function describeHeldOut({ epochs, heldOutImages, byHeldOut, byTest }: HeldOutFigures): string {
  const from = `${counted(epochs, "epoch")} on ${thousands(heldOutImages)} images held out`;
  return `trained anew, chosen from ${from}: ${accuracy(byHeldOut)}, on the test images: ${accuracy(byTest)}`;
}

function accuracy({ correct, total, epoch }: ChosenEpoch): string {
  return `${inPercent(correct / total)} @ ${epoch}`;
}

function historyOf(epochs: readonly EpochMetrics[]): HistoryFigures | undefined {
  const lowest = bestEpoch(epochs);
  if (lowest === undefined) return undefined;
  const best = epochs.reduce((a, b) => (b.validationCorrect > a.validationCorrect ? b : a));
  return {
    epochs: epochs.length,
    best: chosenEpoch(best),
    lowestLoss: chosenEpoch(lowest),
    last: chosenEpoch(epochs.at(-1)!),
  };
}

function chosenEpoch(metrics: EpochMetrics): ChosenEpoch {
  const { epoch, validationCorrect, validationTotal } = metrics;
  return { epoch, correct: validationCorrect, total: validationTotal };
}

/** Trains with the held-out images as validation images, and evaluates each epoch on the test images. */
async function trainHeldOut(subject: Subject, run: CheckRun): Promise<HeldOutFigures> {
  const { model, data, seed, batchSize, learningRate, selectionEpochs: epochs } = subject;
  const count = Math.max(1, Math.floor(data.train.count * HELD_OUT_PART));
  const parts = holdOut(data, count, seed);
  const tests: ChosenEpoch[] = [];
  const result = await train({
    model,
    data: { ...data, train: parts.train, test: parts.validation },
    epochs,
    seed,
    batchSize,
    learningRate,
    threads: run.threads,
    onProgress: ({ epoch, phase, done, total }) => {
      run.signal?.throwIfAborted();
      run.progress((epoch - 1 + (phase === "train" ? done / total : 1)) / epochs);
    },
    onEpoch: async ({ epoch }, parameters) => {
      const { threads } = run;
      const { correct, total } = await evaluate({ model, data, parameters, batchSize, threads });
      tests.push({ epoch, correct, total });
    },
  });
  const byLoss = bestEpoch(result.epochs)!;
  return {
    epochs,
    trainImages: parts.train.count,
    heldOutImages: count,
    byHeldOut: tests[byLoss.epoch - 1]!,
    byTest: tests.reduce((a, b) => (b.correct > a.correct ? b : a)),
    last: tests.at(-1)!,
    curve: result.epochs.map(({ epoch, validationLoss }) => ({
      epoch,
      heldOutLoss: validationLoss,
      testCorrect: tests[epoch - 1]!.correct,
    })),
  };
}
