import { benchmarkEngine, TimedTraining } from "../../dist/bench/timed-steps.js";
import { buildModel } from "../../dist/index.js";

/** Steps after a pause that do not count, as for PyTorch. */
const warmUpSteps = 5;
/** Steps of a new engine that do not count. */
const compileSteps = 150;
const passes = 3;

/** Fovea with an engine for each model and number of threads. */
export class Fovea {
  #trainings = new Map();

  constructor(data, build) {
    this.data = data;
    this.build = build;
  }

  /** Milliseconds of each of the next training steps. */
  async steps(model, threads, count) {
    const training = await this.#training(model, threads);
    await training.steps(warmUpSteps);
    return [...(await training.steps(count))];
  }

  /** Seconds of some evaluations of the test images. */
  async evaluate(model, threads) {
    const { engine } = await this.#training(model, threads);
    const times = [];
    for (let pass = 0; pass <= passes; pass++) {
      const started = performance.now();
      engine.run({ plan: "evaluate", set: "test", from: 0, to: engine.steps("test") });
      if (pass > 0) times.push((performance.now() - started) / 1000);
    }
    return times;
  }

  async #training(model, threads) {
    const key = `${model} ${threads}`;
    const known = this.#trainings.get(key);
    if (known) return known;
    const { data, build } = this;
    const graph = buildModel(model, data, data.classes);
    const engine = await benchmarkEngine(graph, data, { threads, build });
    this.build = engine.build;
    const training = new TimedTraining(engine, data.train.count);
    await training.steps(compileSteps);
    this.#trainings.set(key, training);
    return training;
  }

  close() {
    for (const { engine } of this.#trainings.values()) engine.close();
  }
}
