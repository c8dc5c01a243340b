import { checkOptions } from "../arguments.js";
import { framingOf } from "../data/transforms/frame.js";
import type { Classifier } from "../train/predict.js";
import { type Run, readRun } from "./run-folder.node.js";
import { readRunWeights } from "./run-weights.node.js";

/** Which of a run's weights, and whether its probabilities are those at its temperature. */
export interface ClassifierOptions {
  /** Its last weights instead of its best. */
  readonly last?: boolean;
  /** The temperature that was fitted on the images held out, where there is one. */
  readonly calibrated?: boolean;
}

/**
 * The trained network of a run folder, to classify pictures with `predict`. No data are loaded: the run knows how
 * pictures go in.
 *
 * @throws InputError where it is no run, or has no weights, or an option is unknown
 * @example
 * const classifier = readClassifier("runs/2026-11-23-142530-stn-seed0");
 */
export function readClassifier(directory: string, options: ClassifierOptions = {}): Classifier {
  checkOptions("readClassifier", options, ["last", "calibrated"]);
  const { last = false, calibrated = false } = options;
  const run = readRun(directory);
  const { weights } = readRunWeights(directory, last ? "last" : "best");
  const temperature = calibrated ? run.calibration?.temperature : undefined;
  return {
    ...classifierFacts(run),
    parameters: weights.parameters,
    ...(temperature !== undefined && { temperature }),
  };
}

/** What a run says of how pictures go in. */
export function classifierFacts({ record, model, views }: Run): Omit<Classifier, "parameters"> {
  const { mean, std, classNames, options } = record.data;
  const framing = framingOf(record.data, views?.images.map(({ pixels }) => pixels) ?? []);
  return {
    ...{ model, mean, std },
    ...(classNames && { classNames }),
    framing: { ...framing, ...(options?.fit && { fit: options.fit }) },
    batchSize: record.spec.recipe.batchSize,
  };
}
