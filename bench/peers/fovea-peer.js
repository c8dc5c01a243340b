import { measurePeakGflops } from "../../dist/bench/peak.js";
import {
  batchSize,
  benchmarkEngine,
  learningRate,
  TimedTraining,
} from "../../dist/bench/timed-steps.js";
import { Engine } from "../../dist/engine/engine.js";
import { withLoss } from "../../dist/graph/with-loss.js";
import { models } from "../../dist/index.js";
import { turnLimits } from "./peer-folder.js";

/** Steps of a new engine before any is timed: as many as V8 needs to optimize the kernels, or fewer that take as long. */
const compileSteps = 150;
const compileFor = 1500;
const passes = 3;

/** Fovea on some threads, with an engine for each model. */
export class Fovea {
  id = "fovea";
  name = "Fovea";
  evaluates = true;
  #trainings = new Map();

  constructor({ data, initialValues, threads, build, version }) {
    Object.assign(this, { data, initialValues, threads, build, version });
    this.models = [...initialValues.keys()];
  }

  /** Mean losses of the first steps, with dropout off. */
  async losses(model, count) {
    const { data, build, threads } = this;
    const graph = withLoss(models[model].build(data).graph);
    const engine = await Engine.create({
      plans: { train: { graph, training: false, objective: "loss", update: true } },
      sets: { train: data.train },
      ...{ batchSize, threads, build, mean: data.mean, std: data.std },
    });
    engine.setParameters(this.initialValues.get(model));
    engine.run({ plan: "train", set: "train", from: 0, to: count, learningRate });
    const losses = Array.from(engine.stepLosses("train").subarray(0, count));
    engine.close();
    return losses.map((sum) => sum / batchSize);
  }

  /** Milliseconds of each of the next training steps. */
  async steps(model, count) {
    const training = await this.#training(model);
    await training.steps(turnLimits.warmUp.steps);
    const times = [];
    for (let sum = 0; times.length < count && sum < turnLimits.turn.seconds * 1000; ) {
      times.push(training.step());
      sum += times.at(-1);
    }
    return times;
  }

  /** Seconds of each of several evaluations of the test images. */
  async evaluate(model) {
    const { engine } = await this.#training(model);
    const times = [];
    for (let pass = 0; pass <= passes; pass++) {
      const started = performance.now();
      engine.run({ plan: "evaluate", set: "test", from: 0, to: engine.steps("test") });
      if (pass > 0) times.push((performance.now() - started) / 1000);
    }
    return times;
  }

  /** Peak GFLOP/s of one thread, with multiply-adds that use registers only. */
  peak() {
    const [{ engine }] = this.#trainings.values();
    return measurePeakGflops(engine);
  }

  async #training(model) {
    const known = this.#trainings.get(model);
    if (known) return known;
    const { data, build, threads } = this;
    const graph = models[model].build(data).graph;
    const engine = await benchmarkEngine(graph, data, { threads, build });
    engine.setParameters(this.initialValues.get(model));
    this.build = engine.build;
    const training = new TimedTraining(engine, data.train.count);
    const started = performance.now();
    for (let step = 0; step < compileSteps && performance.now() - started < compileFor; step++) {
      training.step();
    }
    this.#trainings.set(model, training);
    return training;
  }

  close() {
    for (const { engine } of this.#trainings.values()) engine.close();
  }
}
