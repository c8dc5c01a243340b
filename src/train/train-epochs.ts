import { modelFor } from "../graph/model.js";
import { bestEpoch } from "./best-epoch.js";
import { endsEarly } from "./early-stop.js";
import { runEpoch } from "./epoch.js";
import { initialize } from "./initialize.js";
import { guessingLoss, LossWatch } from "./loss-watch.js";
import type { EpochMetrics } from "./metrics.js";
import { stateAfter } from "./schedules/scheduled-steps.js";
import { settingsOf, type TrainOptions, type TrainResult } from "./train-options.js";
import { trainingEngine } from "./training-engine.js";
import { firstPlateau, restore, stateOf } from "./training-state.js";
import { validatedData } from "./validation.js";

/**
 * `train` without the evaluation on the test images at its end.
 *
 * @throws InputError where an option is invalid
 */
export async function trainEpochs(options: TrainOptions): Promise<Omit<TrainResult, "test">> {
  const settings = settingsOf("train", options);
  const { recipe, heldOut, patience, seed } = settings;
  const { resume } = options;
  const { graph } = modelFor("train", options.model, options.data);
  const data = validatedData(options.data, heldOut, seed);
  const engine = await trainingEngine(graph, data, settings);
  try {
    if (resume?.state !== undefined) restore(engine, resume.state);
    else engine.setParameters(resume?.parameters ?? options.initial ?? initialize(graph, seed));
    let plateau = firstPlateau(recipe, settings.learningRate, resume?.state);
    const { build, threads, shards } = engine;
    await options.onStart?.({ build, threads, shards });
    const epochs: EpochMetrics[] = [];
    const history = [...(resume?.history ?? [])];
    const evaluated = () => (recipe.ema === undefined ? engine.parameters() : engine.averages());
    const watch = new LossWatch(
      guessingLoss(data, recipe.loss),
      (resume?.epoch ?? 0) * engine.steps("train"),
    );
    let best = resume?.best && { epoch: bestEpoch(history)!.epoch, parameters: resume.best };
    let endedEarly = endsEarly(history, patience);
    let stopped = false;
    const first = (resume?.epoch ?? 0) + 1;
    for (let epoch = first; epoch <= settings.epochs && !stopped && !endedEarly; epoch++) {
      const rate = plateau?.learningRate;
      const metrics = await runEpoch(engine, data, settings, epoch, rate, options, watch);
      plateau = stateAfter(recipe.schedule, plateau, metrics);
      epochs.push(metrics);
      history.push(metrics);
      const parameters = evaluated();
      if (heldOut !== undefined && bestEpoch(history) === metrics) best = { epoch, parameters };
      await options.onEpoch?.(metrics, parameters, stateOf(engine, recipe, plateau));
      endedEarly = endsEarly(history, patience);
      stopped = options.signal?.aborted === true && epoch < settings.epochs && !endedEarly;
    }
    const state = stateOf(engine, recipe, plateau);
    return {
      engine: { build, threads, shards },
      ...{ epochs, stopped, endedEarly, parameters: evaluated() },
      ...(state && { state }),
      ...(best && { best }),
      ...(watch.warning && { warning: watch.warning }),
    };
  } finally {
    engine.close();
  }
}
