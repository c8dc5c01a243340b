import type { Dataset, ImageSet } from "../data/dataset.js";
import { holdOut } from "../data/split.js";
import { InputError } from "../errors.js";
import {
  calibrationError,
  confidenceBins,
  confidencesAt,
  fitTemperature,
  lossAt,
} from "../stats/calibration.js";
import { bestClass, classScores } from "../train/class-scores.js";
import type { Agreement, CalibrationRecord } from "./calibration-codec.js";
import { writeCalibration } from "./calibration-file.node.js";
import { readRun, runFiles } from "./run-folder.node.js";
import { heldOutOf } from "./run-spec.js";
import { readRunWeights } from "./run-weights.node.js";

/**
 * Checks that a run held images out, which a temperature can be fitted on.
 *
 * @throws InputError where it did not
 */
export function checkCalibratable(directory: string): void {
  const { spec } = readRun(directory).record;
  if (heldOutOf(spec) !== undefined) return;
  const expected = "a run with training images held out (the option validation), to calibrate on";
  throw new InputError(directory, expected, "one whose epochs were validated on the test images");
}

/**
 * Fits the temperature of a run's best weights on the training images that it held out, and measures on the test images
 * what that changes. Writes `calibration.json`.
 *
 * @param data the run's
 * @throws InputError where the run held no images out, or its weights cannot be read
 * @example
 * const { temperature } = await calibrateRun("runs/2026-11-23-142530-stn-seed0", data);
 */
export async function calibrateRun(
  directory: string,
  data: Dataset,
  threads?: number,
): Promise<CalibrationRecord> {
  checkCalibratable(directory);
  const { record, model } = readRun(directory);
  const { weights, digest } = readRunWeights(directory, "best");
  const { spec } = record;
  const { validation } = holdOut(data, heldOutOf(spec)!, spec.seed);
  const { mean, std, classes } = data;
  const scorer = {
    ...{ graph: model.graph, parameters: weights.parameters, mean, std, threads },
    batchSize: spec.recipe.batchSize,
  };
  const scoresOf = async (set: ImageSet) => {
    return { logProbabilities: await classScores(scorer, set), classes, labels: set.labels };
  };
  const [fitted, tested] = [await scoresOf(validation), await scoresOf(data.test)];
  const temperature = fitTemperature(fitted);
  const agreements = (scored: Scored) => ({
    images: scored.labels.length,
    before: agreementAt(scored, 1),
    after: agreementAt(scored, temperature),
  });
  const calibration: CalibrationRecord = {
    format: 1,
    weights: digest,
    data: record.data.digest,
    temperature,
    heldOut: agreements(fitted),
    test: agreements(tested),
  };
  writeCalibration(runFiles(directory).calibration, calibration);
  return calibration;
}

interface Scored {
  readonly logProbabilities: Float32Array;
  readonly classes: number;
  readonly labels: Uint8Array;
}

function agreementAt(scored: Scored, temperature: number): Agreement {
  const { logProbabilities, classes, labels } = scored;
  const isCorrect = (image: number) =>
    bestClass(logProbabilities.subarray(image * classes, (image + 1) * classes)) === labels[image];
  const bins = confidenceBins(confidencesAt(scored, temperature), isCorrect);
  return { loss: lossAt(scored, temperature), error: calibrationError(bins), bins };
}
