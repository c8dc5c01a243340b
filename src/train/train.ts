import { InputError } from "../errors.js";
import { testBest } from "./test-result.js";
import { trainEpochs } from "./train-epochs.js";
import type { TrainOptions, TrainResult } from "./train-options.js";

/**
 * Trains a model. By default by plain stochastic gradient descent, `w ← w − learningRate · ∂L/∂w`, where L is the mean
 * negative log-likelihood of a minibatch; `optimizer`, `schedule`, `groups`, `clip`, `ema` and `loss` change that, with
 * PyTorch's definitions and defaults. Images are shuffled for each epoch. After each epoch the model is validated, by
 * its negative log-likelihood, on the test images or, with `validation`, on training images that are held out; the
 * epoch that was best there is then scored once on the test images.
 *
 * The result depends on nothing but model, data, initial weights, epochs, seed, batch size, learning rate, validation,
 * patience, recipe and the kernels' build. Threads, pauses and resuming do not change a bit.
 *
 * @throws InputError where an option is invalid
 * @example
 * const data = digits({ train: 600, test: 200 });
 * const { epochs, parameters } = await train({ model: models.stn, data, epochs: 2, seed: 0 });
 *
 * await train({
 *   ...{ model: models.stn, data, epochs: 1, learningRate: 1e-3 },
 *   optimizer: { kind: "adamw", weightDecay: 0.05 },
 *   schedule: { kind: "cosine", warmup: { epochs: 0.5 } },
 *   groups: [{ match: "*.bias", weightDecay: 0 }],
 *   clip: { norm: 1 },
 *   ema: { decay: 0.99 },
 *   loss: { kind: "crossEntropy", labelSmoothing: 0.1 },
 * });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { validation, resume } = Object(options) as TrainOptions;
  if (validation !== undefined && (resume?.epoch ?? 0) > 0 && resume!.best === undefined) {
    throw new InputError("train", "resume.best of the epochs before, with validation", "none");
  }
  const result = await trainEpochs(options);
  if (validation === undefined || result.stopped) return result;
  return { ...result, test: await testBest(options, result.best!) };
}
