import type { Dataset } from "../data/dataset.js";
import { evaluateSet } from "./evaluate.js";
import type { LossWatch } from "./loss-watch.js";
import type { EpochMetrics } from "./metrics.js";
import { runPaced } from "./paced-steps.js";
import { scheduledStep } from "./schedules/scheduled-steps.js";
import { shuffle } from "./shuffle.js";
import type { Settings, TrainOptions } from "./train-options.js";
import type { TrainingEngine } from "./training-engine.js";

/**
 * Runs an epoch's steps and validates it.
 *
 * @param data its test images are those that epochs are validated on
 * @param plateauRate of a schedule that follows the validation loss
 * @param watch gets the loss of each step
 */
export async function runEpoch(
  engine: TrainingEngine,
  data: Dataset,
  settings: Settings,
  epoch: number,
  plateauRate: number | undefined,
  { onProgress, onWarning }: Pick<TrainOptions, "onProgress" | "onWarning">,
  watch: LossWatch,
): Promise<EpochMetrics> {
  const { seed, epochs } = settings;
  const started = performance.now();
  const steps = engine.steps("train");
  shuffle(engine.order("train"), seed, epoch);
  const stepBase = (epoch - 1) * steps;
  const losses = engine.stepLosses("train");
  const { rates, momenta } = scheduledEpoch(settings, epoch, steps, plateauRate);
  const progress = { epoch, epochs, trainLoss: 0, imagesPerSecond: 0 };
  let lossSum = 0;
  let summed = 0;
  await runPaced(
    steps,
    (from, to) => {
      engine.run({
        ...{ plan: "train", set: "train", from, to, seed, stepBase },
        learningRate: rates.subarray(from, to),
        ...(momenta && { momentum: momenta.subarray(from, to) }),
      });
    },
    (stepsDone) => {
      for (; summed < stepsDone; summed++) {
        const loss = losses[summed]!;
        lossSum += loss;
        const images = Math.min(engine.batchSize, data.train.count - summed * engine.batchSize);
        const warning = watch.add(loss / images, rates[summed]!);
        if (warning !== undefined) onWarning?.(warning);
      }
      const done = Math.min(stepsDone * engine.batchSize, data.train.count);
      progress.trainLoss = lossSum / done;
      progress.imagesPerSecond = (done * 1000) / (performance.now() - started);
      onProgress?.({ ...progress, phase: "train", done, total: data.train.count });
    },
  );
  const { correct, total, accuracy, loss } = await evaluateSet(engine, data.test, (done) =>
    onProgress?.({ ...progress, phase: "validate", done, total: data.test.count }),
  );
  return {
    epoch,
    trainLoss: progress.trainLoss,
    validationLoss: loss,
    validationCorrect: correct,
    validationTotal: total,
    validationAccuracy: accuracy,
    seconds: (performance.now() - started) / 1000,
    imagesPerSecond: progress.imagesPerSecond,
    learningRate: rates.at(-1)!,
  };
}

/** Learning rate and momentum of each step of an epoch; no momenta where the schedule leaves them alone. */
function scheduledEpoch(
  { recipe, learningRate, epochs }: Pick<Settings, "recipe" | "learningRate" | "epochs">,
  epoch: number,
  stepsPerEpoch: number,
  plateauRate: number | undefined,
): { readonly rates: Float64Array; readonly momenta?: Float64Array } {
  const moments = Array.from({ length: stepsPerEpoch }, (_, index) => ({
    step: (epoch - 1) * stepsPerEpoch + index,
    steps: epochs * stepsPerEpoch,
    stepsPerEpoch,
  }));
  const rate = plateauRate ?? learningRate;
  const scheduled = moments.map((moment) => scheduledStep(recipe.schedule, rate, moment));
  const rates = Float64Array.from(scheduled, (step) => step.learningRate);
  if (scheduled[0]?.momentum === undefined) return { rates };
  return { rates, momenta: Float64Array.from(scheduled, ({ momentum = 0 }) => momentum) };
}
