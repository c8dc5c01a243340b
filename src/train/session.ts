import { checkList, checkOptions, checkWhole, shown } from "../arguments.js";
import { isPositive32 } from "../engine/check-engine-options.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import { modelFor } from "../graph/model.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { type Evaluation, evaluateSet } from "./evaluate.js";
import { initialize } from "./initialize.js";
import { activations, inputGradient, type Looked, type Prediction, Predictor } from "./look.js";
import { Turns } from "./paced-steps.js";
import { recipeNames } from "./recipe.js";
import type { PlateauState } from "./schedules/plateau.js";
import { dependsOnLength, scheduledStep, stateAfter } from "./schedules/scheduled-steps.js";
import { shuffle } from "./shuffle.js";
import { type EngineInfo, type Settings, settingsOf, type TrainOptions } from "./train-options.js";
import { type TrainingEngine, trainingEngine } from "./training-engine.js";
import {
  checkSessionState,
  firstPlateau,
  restore,
  type SessionState,
  stateTensors,
} from "./training-state.js";

/** What {@link Session.create} takes. */
export interface SessionOptions
  extends Omit<
    TrainOptions,
    | "validation"
    | "patience"
    | "initial"
    | "resume"
    | "signal"
    | "onStart"
    | "onProgress"
    | "onWarning"
    | "onEpoch"
  > {
  /** Default: the seed's initial values. */
  readonly parameters?: NamedTensors;
  /** Continues where `session.state()` was taken, with the same options. Steps then have the bits of one session. */
  readonly state?: SessionState;
}

/** What a step did. */
export interface SessionStep {
  /** Mean loss of the batch, before the step. */
  readonly loss: number;
  /** Sum of the losses of its images. */
  readonly lossSum: number;
  /** Images in the batch. */
  readonly images: number;
  readonly learningRate: number;
}

const OPTIONS = [
  "model",
  "data",
  "epochs",
  "seed",
  "batchSize",
  "learningRate",
  ...recipeNames,
  "threads",
  "parameters",
  "state",
] satisfies (keyof SessionOptions)[];

/**
 * A training step by step, for loops of one's own. Steps without indices give the bits of `train` with the same options.
 *
 * All methods that compute are asynchronous and let events be handled about 20 times per second.
 *
 * @example
 * const session = await Session.create({ model: models.cnn, data, optimizer: { kind: "adam" } });
 * for (let step = 1; step <= 40; step++) {
 *   const { loss } = await session.step();
 *   if (step === 30) session.setLearningRate(0.001);
 * }
 * const [first] = await session.predict(data.test.images.subarray(0, 784));
 * session.close();
 */
export class Session {
  readonly #settings: Settings;
  readonly #options: SessionOptions;
  readonly #graph: Graph;
  readonly #turns = new Turns();
  #engine: TrainingEngine;
  #frozen: readonly string[] = [];
  #learningRate: number;
  /** Steps that ran, and batches of the current epoch that did. */
  #steps = 0;
  #epoch = 0;
  #batch = 0;
  #plateau: PlateauState | undefined;
  #predictor: Predictor | undefined;

  private constructor(
    options: SessionOptions,
    settings: Settings,
    graph: Graph,
    engine: TrainingEngine,
  ) {
    this.#options = options;
    this.#settings = settings;
    this.#graph = graph;
    this.#engine = engine;
    this.#learningRate = settings.learningRate;
    this.#plateau = firstPlateau(settings.recipe, settings.learningRate, undefined);
  }

  /**
   * @throws InputError where an option is invalid, or the state is of another recipe or network
   */
  static async create(options: SessionOptions): Promise<Session> {
    checkOptions("session", options, OPTIONS);
    const { parameters, state, ...others } = options;
    if (state !== undefined && parameters !== undefined) {
      throw new InputError("session", "either parameters or state", "both");
    }
    const settings = settingsOf("session", others);
    if (state !== undefined) checkSessionState(state, settings);
    const { graph } = modelFor("session", options.model, options.data);
    const engine = await trainingEngine(graph, options.data, settings);
    try {
      engine.setParameters(parameters ?? initialize(graph, settings.seed));
      const session = new Session(options, settings, graph, engine);
      if (state !== undefined) await session.#restore(state);
      return session;
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  async #restore(state: SessionState): Promise<void> {
    for (const pattern of state.frozen) await this.freeze(pattern);
    restore(this.#engine, state);
    this.#steps = state.steps;
    this.#epoch = state.epoch;
    this.#batch = state.batch;
    this.#learningRate = state.learningRate;
    this.#plateau = state.plateau;
    if (state.epoch > 0) shuffle(this.#engine.order("train"), this.#settings.seed, state.epoch);
  }

  /** Where the session is: `Session.create({ …, state })` continues from here, also in another process. */
  state(): SessionState {
    return {
      tensors: stateTensors(this.#engine),
      ...(this.#plateau && { plateau: this.#plateau }),
      ...{ steps: this.#steps, epoch: this.#epoch, batch: this.#batch },
      ...{ learningRate: this.#learningRate, frozen: [...this.#frozen] },
    };
  }

  /**
   * Tells a `plateau` schedule the validation loss of an epoch, as PyTorch's `scheduler.step(loss)`.
   *
   * @returns the learning rate of the next step
   * @throws InputError where the schedule is another one
   */
  validated(validationLoss: number): number {
    const { schedule } = this.#settings.recipe;
    if (schedule.kind !== "plateau") {
      throw new InputError("session.validated", "a plateau schedule", schedule.kind);
    }
    // Batches that were chosen count, too.
    const epoch = Math.max(1, Math.ceil(this.#steps / this.stepsPerEpoch));
    this.#plateau = stateAfter(schedule, this.#plateau, { validationLoss, epoch });
    return this.#scheduled().learningRate;
  }

  /** What computes. */
  get engine(): EngineInfo {
    const { build, threads, shards } = this.#engine;
    return { build, threads, shards };
  }

  /** Batches of an epoch. */
  get stepsPerEpoch(): number {
    return this.#engine.steps("train");
  }

  /**
   * Takes a step of the optimizer.
   *
   * @param indices of the batch's training images, as many as a batch has. Default: the next batch of the epoch, in the
   *   order of `train`
   * @throws InputError where indices are not such, or a schedule has ended that depends on the number of epochs
   */
  async step(indices?: readonly number[] | Uint32Array): Promise<SessionStep> {
    const learningRate = this.#scheduled();
    const done =
      indices === undefined ? this.#next(learningRate) : this.#chosen(indices, learningRate);
    this.#steps++;
    await this.#turns.next();
    return { ...done, learningRate: learningRate.learningRate };
  }

  #scheduled(): ReturnType<typeof scheduledStep> {
    const { recipe, epochs } = this.#settings;
    const { stepsPerEpoch } = this;
    const steps = epochs * stepsPerEpoch;
    if (dependsOnLength(recipe.schedule) && this.#steps >= steps) {
      const expected = `at most ${steps} steps, as its ${recipe.schedule.kind} schedule is for ${epochs} epochs`;
      throw new InputError("session.step", expected, "one more");
    }
    const moment = { step: this.#steps, steps, stepsPerEpoch };
    const rate = this.#plateau?.learningRate ?? this.#learningRate;
    return scheduledStep(recipe.schedule, rate, moment);
  }

  #next(scheduled: ReturnType<typeof scheduledStep>): Omit<SessionStep, "learningRate"> {
    if (this.#batch === this.stepsPerEpoch) this.#batch = 0;
    if (this.#batch === 0) {
      this.#epoch++;
      shuffle(this.#engine.order("train"), this.#settings.seed, this.#epoch);
    }
    const done = this.#run(this.#batch, scheduled);
    this.#batch++;
    return done;
  }

  #chosen(
    indices: readonly number[] | Uint32Array,
    scheduled: ReturnType<typeof scheduledStep>,
  ): Omit<SessionStep, "learningRate"> {
    const { count } = this.#options.data.train;
    const size = Math.min(this.#engine.batchSize, count);
    const chosen = indices instanceof Uint32Array ? [...indices] : indices;
    checkList("session.step", "indices", chosen);
    if (chosen.length !== size) {
      throw new InputError("session.step", `${size} indices, those of a batch`, `${chosen.length}`);
    }
    for (const index of chosen) checkWhole("session.step", "every index", index, 0, count - 1);
    const order = this.#engine.order("train");
    const kept = order.slice(0, size);
    order.set(chosen);
    try {
      return this.#run(0, scheduled);
    } finally {
      order.set(kept);
    }
  }

  /** Runs a batch of the order. Its random numbers and its optimizer count all steps of the session. */
  #run(
    batch: number,
    { learningRate, momentum }: ReturnType<typeof scheduledStep>,
  ): Omit<SessionStep, "learningRate"> {
    const { count } = this.#options.data.train;
    const images = Math.min(this.#engine.batchSize, count - batch * this.#engine.batchSize);
    this.#engine.run({
      ...{ plan: "train", set: "train", from: batch, to: batch + 1, seed: this.#settings.seed },
      ...{ stepBase: this.#steps - batch, learningRate: [learningRate] },
      ...(momentum !== undefined && { momentum: [momentum] }),
    });
    const lossSum = this.#engine.stepLosses("train")[batch]!;
    return { loss: lossSum / images, lossSum, images };
  }

  /** The rate that the schedule begins with; the highest of `oneCycle`. */
  setLearningRate(learningRate: number): void {
    if (!isPositive32(learningRate)) {
      const expected = "learningRate to be a number in 1.5e-45 to 3.4e38";
      throw new InputError("session.setLearningRate", expected, shown(learningRate));
    }
    this.#learningRate = learningRate;
    if (this.#plateau !== undefined) this.#plateau = { ...this.#plateau, learningRate };
  }

  /**
   * Keeps parameters as they are from now on; their state of the optimizer is dropped.
   *
   * @param pattern of names, in which `*` stands for any characters
   * @throws InputError where it matches no parameter
   */
  async freeze(pattern: string): Promise<void> {
    const { groups } = this.#options;
    const frozen = [...this.#frozen, pattern];
    const all = [...frozen.map((match) => ({ match, frozen: true })), ...(groups ?? [])];
    const { parameters: _, state: _state, ...options } = this.#options;
    const { recipe } = settingsOf("session.freeze", { ...options, groups: all });
    const next = await trainingEngine(this.#graph, options.data, { ...this.#settings, recipe });
    try {
      this.#handOver(next);
    } catch (error) {
      next.close();
      throw error;
    }
    this.#engine.close();
    this.#engine = next;
    this.#frozen = frozen;
  }

  /** Brings another engine to where this one is, without the state of what it does not train. */
  #handOver(next: TrainingEngine): void {
    next.setParameters(this.parameters());
    const state = this.#engine.updateState();
    const kept = [...next.updateState().keys()].map((name) => [name, state.get(name)!] as const);
    next.setUpdateState(new Map(kept));
    next.order("train").set(this.#engine.order("train"));
  }

  /** A copy of the weights. */
  parameters(): Map<string, Tensor32> {
    return this.#engine.parameters();
  }

  /** A copy of their moving averages, where the recipe has `ema`; else of the weights. What the methods below use. */
  averages(): Map<string, Tensor32> {
    const { ema } = this.#settings.recipe;
    return ema === undefined ? this.#engine.parameters() : this.#engine.averages();
  }

  /** A copy of the last step's gradients with respect to the weights, after clipping. */
  gradients(): Map<string, Tensor32> {
    return this.#engine.gradients();
  }

  /** Classifies the test images. */
  evaluate(): Promise<Evaluation> {
    return evaluateSet(this.#engine, this.#options.data.test, () => {});
  }

  /** Classifies images: bytes as those of the data, one image after the other. */
  async predict(images: Uint8Array): Promise<Prediction[]> {
    this.#predictor ??= new Predictor(this.#looked());
    return this.#predictor.predict(images, this.averages());
  }

  /** The value of the node with this label for an image; a map is [channel, row, column]. */
  async activations(label: string, image: Uint8Array): Promise<Tensor32> {
    return activations(this.#looked(), label, image);
  }

  /** Gradient of the logarithm of a class's probability with respect to the normalised image, [channel, row, column]. */
  async inputGradient(image: Uint8Array, classIndex: number): Promise<Tensor32> {
    return inputGradient(this.#looked(), image, classIndex);
  }

  #looked(): Looked {
    const { data } = this.#options;
    const graph = withLogProbabilities(this.#graph);
    const { batchSize } = this.#settings;
    return { graph, data, parameters: this.averages(), batchSize, threads: 1 };
  }

  /** Ends its threads. It cannot be used afterwards. */
  close(): void {
    this.#predictor?.close();
    this.#engine.close();
  }
}
