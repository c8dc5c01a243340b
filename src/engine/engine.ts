import * as platform from "#engine-platform";
import { checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { listed } from "../numbers.js";
import {
  instantiateKernels,
  type KernelBuild,
  type KernelExports,
  type Kernels,
  loadKernels,
} from "./build.js";
import { checkCommand, type SetFacts } from "./check-command.js";
import { checkEngineOptions } from "./check-engine-options.js";
import { CONTROL_ADDRESS, Control, SHARDS } from "./control.js";
import { type MemoryPart, memoryOf, takePart } from "./data-memory.js";
import { type Layout, layOut, type PlacedSet } from "./layout.js";
import type { Command, EngineOptions, EnginePlan, EngineSet } from "./options.js";
import { ParameterMemory } from "./parameter-memory.js";
import type { PlacedPlan } from "./placed-plan.js";
import type { Call, Phase } from "./plan.js";
import { largestLabel, needsOf, type PlanNeeds } from "./plan-needs.js";
import { giveBack, PAGE, sharedMemory } from "./shared-memory.js";
import { Slots } from "./slots.js";
import { StepWriter } from "./step-writer.js";
import { threadsFor } from "./thread-count.js";
import { hasMomentum } from "./update-rule.js";
import { wordsOf } from "./words.js";
import { writeLayout } from "./write-layout.js";

/** Largest number of repetitions in benchmarks: kernels count in 32 bits. */
const MOST_REPEATS = 2 ** 31 - 1;

/**
 * Runs plans over images on threads that share one WebAssembly memory.
 *
 * All memory is laid out when the engine is created; running allocates nothing. Results have the same bits for any
 * number of threads: a batch is split into `SHARDS` parts, whose sums are added in a fixed order.
 *
 * @example
 * const { graph } = model.build(data);
 * const engine = await Engine.create({
 *   plans: { train: { graph: withLoss(graph), objective: "loss", training: true, update: true } },
 *   sets: { train: data.train },
 *   batchSize: 32,
 *   threads: 1,
 * });
 * engine.setParameters(initialize(graph, 0));
 * engine.run({ plan: "train", set: "train", from: 0, to: engine.steps("train"), learningRate: 0.01 });
 * console.log(engine.stepLosses("train"));
 * engine.close();
 */
export class Engine<PlanName extends string = string, SetName extends string = string> {
  readonly build: KernelBuild;
  readonly threads: number;
  readonly shards = SHARDS;
  readonly batchSize: number;

  readonly #layout: Layout;
  /** Its part of the data memory that images and labels lie in; undefined if it has a memory of its own. */
  readonly #part: MemoryPart | undefined;
  readonly #needs: ReadonlyMap<string, PlanNeeds>;
  readonly #sets: ReadonlyMap<string, SetFacts>;
  readonly #slots: Slots;
  readonly #parameters: ParameterMemory;
  /** Undefined where no plan updates. */
  readonly #stepWriter: StepWriter | undefined;
  readonly #memory: WebAssembly.Memory;
  /** Where its memory begins: address of its control words. */
  readonly #address: number;
  readonly #control: Int32Array;
  readonly #module: WebAssembly.Module;
  readonly #kernels: KernelExports;
  #workers: platform.WorkerHandle[] = [];
  #hasGradients = false;
  #isClosed = false;

  private constructor(options: EngineOptions<PlanName, SetName>, kernels: Kernels) {
    this.build = kernels.build;
    this.threads = threadsFor(options.threads);
    this.batchSize = options.batchSize;
    const data = memoryOf(arraysOf(options.sets));
    if (data === undefined) {
      this.#address = CONTROL_ADDRESS;
      this.#layout = layOut(options, this.threads, this.#address, false);
      this.#memory = sharedMemory(Math.ceil(this.#layout.end / PAGE));
    } else {
      const { end } = layOut(options, this.threads, 0, true);
      this.#part = takePart(data, end);
      this.#address = this.#part.address;
      this.#layout = layOut(options, this.threads, this.#address, true);
      this.#memory = data;
    }
    this.#control = new Int32Array(this.#memory.buffer, this.#address, Control.Words);
    this.#module = kernels.module;
    this.#kernels = instantiateKernels(kernels.module, this.#memory, this.#address);
    const inPlace = this.#part !== undefined;
    writeLayout(this.#memory, this.#control, this.#layout, options, this.threads, inPlace);
    this.#parameters = new ParameterMemory(this.#memory, this.#layout, this.#control);
    const { update } = this.#layout;
    this.#stepWriter = update && new StepWriter(this.#memory, update);
    this.#slots = new Slots(this.#memory, this.#layout, options.plans, this.batchSize);
    this.#needs = mapRecord(options.plans, needsOf);
    this.#sets = mapRecord(options.sets, (set: EngineSet, name) => {
      const { count, imageBytes } = this.#layout.sets.get(name)!;
      return { count, imageBytes, largestLabel: largestLabel(set).label };
    });
  }

  /**
   * Compiles the plans, loads the images and starts the threads.
   *
   * @throws InputError where an option is missing, unknown or has a value that is not allowed
   */
  static async create<PlanName extends string, SetName extends string>(
    options: EngineOptions<PlanName, SetName>,
  ): Promise<Engine<PlanName, SetName>> {
    checkEngineOptions(options);
    const plans = withScores(options.plans);
    const engine = new Engine({ ...options, plans }, await loadKernels(options.build));
    try {
      await engine.#startWorkers();
    } catch (error) {
      engine.close();
      throw error;
    }
    return engine;
  }

  async #startWorkers(): Promise<void> {
    for (let thread = 1; thread < this.threads; thread++) {
      const start = { module: this.#module, memory: this.#memory, control: this.#address, thread };
      this.#workers.push(platform.startWorker(start));
    }
    await Promise.all(this.#workers.map((worker) => worker.ready));
  }

  /** Number of batches in a set. */
  steps(set: SetName): number {
    return Math.ceil(this.#placedSet("engine.steps", set).count / this.batchSize);
  }

  /**
   * Replaces a set's images by as many others.
   *
   * @throws InputError where they are not as many bytes, or the set lies in memory that others read, too
   */
  setImages(set: SetName, images: Uint8Array): void {
    const place = this.#placedSet("engine.setImages", set);
    const size = place.count * place.imageBytes;
    const isBytes = images instanceof Uint8Array && images.length === size;
    if (!isBytes || this.#part !== undefined) {
      const expected = `a Uint8Array of ${size} bytes for a set with a memory of its own`;
      throw new InputError("engine.setImages", expected, shown(images));
    }
    new Uint8Array(this.#memory.buffer).set(images, place.images);
  }

  /** Order in which a set's images are visited: one index per image, a live view that can be written. */
  order(set: SetName): Uint32Array {
    const { order, count } = this.#placedSet("engine.order", set);
    return new Uint32Array(this.#memory.buffer, order, count);
  }

  /**
   * Runs the steps of a command on all threads; returns when they are done.
   *
   * @throws InputError where the command cannot run; then nothing has run
   */
  run(command: Command<PlanName, SetName>): void {
    const names = Object(command) as Command<PlanName, SetName>;
    const plan = this.#placedPlan("engine.run", names.plan);
    const set = this.#placedSet("engine.run", names.set);
    this.#parameters.checkSet("engine.run");
    const needs = this.#needs.get(command.plan)!;
    checkCommand(
      command,
      needs,
      this.#sets.get(command.set)!,
      this.batchSize,
      this.#hasMomentum(needs),
    );
    this.#checkOrder(command);
    if (needs.updates) this.#stepWriter!.write(command, this.steps(command.set));
    this.#runSteps(command, plan, set);
    if (command.to === command.from) return;
    const first = (command.to - 1) * this.batchSize;
    this.#slots.noteRun(command.plan, Math.min(this.batchSize, set.count - first));
    if (needs.differentiates) this.#hasGradients = true;
  }

  /** Checks the order only at the command's positions, which takes next to no time compared with the run. */
  #checkOrder({ set, from, to }: Command<PlanName, SetName>): void {
    const { order, count } = this.#layout.sets.get(set)!;
    const end = Math.min(to * this.batchSize, count);
    const position = this.#kernels.firstBeyond(order, from * this.batchSize, end, count);
    if (position === end) return;
    const expected = `order(${JSON.stringify(set)}) to have images in 0..${count - 1}`;
    const got = `${this.order(set)[position]} at position ${position}`;
    throw new InputError("engine.run", expected, got);
  }

  #hasMomentum({ updates }: PlanNeeds): boolean {
    return updates && hasMomentum(this.#layout.update!.rule.optimizer);
  }

  #runSteps(command: Command<PlanName, SetName>, plan: PlacedPlan, set: PlacedSet): void {
    const control = this.#control;
    control[Control.FromStep] = command.from;
    control[Control.ToStep] = command.to;
    control[Control.StepBase] = command.stepBase ?? 0;
    control[Control.Seed] = command.seed ?? 0;
    control[Control.ImageCount] = set.count;
    control[Control.Order] = set.order;
    control[Control.Images] = set.images;
    control[Control.Labels] = set.labels;
    control[Control.ImageBytes] = set.imageBytes;
    control[Control.Phases] = plan.phases;
    control[Control.PhaseCount] = plan.plan.phases.length;
    control[Control.Prologue] = plan.prologue;
    Atomics.add(control, Control.Command, 1);
    Atomics.notify(control, Control.Command);
    this.#kernels.runSteps(0);
  }

  /** Per step, the sum of the batch's losses: a live view. */
  stepLosses(set: SetName): Float64Array {
    const steps = this.steps(set);
    return new Float64Array(this.#memory.buffer, this.#layout.stepLosses, steps);
  }

  /**
   * Loss and predicted class of each image in the order of the last `score` run, live views. An image whose
   * log-probabilities have a NaN has `NO_PREDICTION`.
   */
  scores(set: SetName): { losses: Float32Array; predictions: Uint16Array } {
    const { count } = this.#placedSet("engine.scores", set);
    return {
      losses: this.#floats(this.#layout.imageLosses, count),
      predictions: new Uint16Array(this.#memory.buffer, this.#layout.predictions, count),
    };
  }

  /**
   * Sets all parameters; none where it throws.
   *
   * @throws InputError where one is missing, unknown or of another shape
   */
  setParameters(tensors: NamedTensors): void {
    this.#checkOpen();
    this.#parameters.set(tensors);
  }

  /**
   * A copy of what the optimizer keeps of each trained parameter, `exp_avg.conv1.weight` and so on with PyTorch's names,
   * and of the moving averages, `averages.NAME` of every parameter. Empty where it keeps nothing.
   */
  updateState(): Map<string, Tensor32> {
    this.#checkOpen();
    this.#parameters.checkSet("engine.updateState");
    return this.#parameters.state();
  }

  /**
   * Sets what `updateState` gave; the parameters must be set before.
   *
   * @throws InputError where a tensor is missing, unknown or of another shape; then nothing is set
   */
  setUpdateState(tensors: NamedTensors): void {
    this.#checkOpen();
    this.#parameters.checkSet("engine.setUpdateState");
    this.#parameters.setState(tensors);
  }

  /**
   * A copy of the moving averages of the parameters, those that are not trained included.
   *
   * @throws InputError where the engine keeps none
   */
  averages(): Map<string, Tensor32> {
    this.#checkOpen();
    this.#parameters.checkSet("engine.averages");
    const averages = this.#parameters.averages();
    if (averages !== undefined) return averages;
    throw new InputError("engine.averages", "update.ema and a plan with update", "none");
  }

  /** A copy of the parameters. */
  parameters(): Map<string, Tensor32> {
    this.#checkOpen();
    this.#parameters.checkSet("engine.parameters");
    return this.#parameters.all();
  }

  /** A copy of the last step's gradients with respect to the parameters, after clipping; buffers have none. */
  gradients(): Map<string, Tensor32> {
    this.#checkOpen();
    if (!this.#hasGradients) {
      const expected = "a plan whose objective is loss or cotangent to have run";
      throw new InputError("engine.gradients", expected, "none");
    }
    return this.#parameters.gradients();
  }

  /**
   * A copy of a kept node's value for one image of the last batch, in the order [channel, row, column].
   *
   * @param slot position of the image in the batch
   * @throws InputError where the plan does not keep the node, or another plan has run since
   */
  value(plan: PlanName, node: number, slot: number): Float32Array {
    this.#placedPlan("engine.value", plan);
    return this.#slots.value(plan, node, slot);
  }

  /** A copy of the gradient with respect to a kept node's value; see `value`. */
  nodeGradient(plan: PlanName, node: number, slot: number): Float32Array {
    this.#placedPlan("engine.nodeGradient", plan);
    return this.#slots.gradient(plan, node, slot);
  }

  /** Sets the value of a `values` input for one image of the next batch. */
  setInput(plan: PlanName, node: number, slot: number, values: Float32Array): void {
    this.#placedPlan("engine.setInput", plan);
    this.#slots.setInput(plan, node, slot, values);
  }

  /** Sets the gradient with respect to the output for one image, for a plan whose objective is `cotangent`. */
  setCotangent(plan: PlanName, slot: number, values: Float32Array): void {
    this.#placedPlan("engine.setCotangent", plan);
    this.#slots.setCotangent(plan, slot, values);
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  /** The kernel calls of a plan, phase by phase. */
  phases(plan: PlanName): readonly Phase[] {
    return this.#placedPlan("engine.phases", plan).plan.phases;
  }

  /**
   * Milliseconds of one kernel call of the plan that ran last, on this thread and its last image; for benchmarks.
   * Repeated backward calls add to the gradients each time: set the parameters again afterwards.
   */
  measureCall(call: Call, times: number): number {
    this.#checkOpen();
    const last = this.#layout.plans.get(this.#slots.lastPlan ?? "");
    if (!last?.plan.phases.some(({ calls }) => calls.includes(call))) {
      const expected = "a call in a phase of the plan that ran last";
      throw new InputError("engine.measureCall", expected, "another");
    }
    checkWhole("engine.measureCall", "times", times, 1, MOST_REPEATS);
    const words = wordsOf([call]);
    new Int32Array(this.#memory.buffer, this.#layout.measured, words.length).set(words);
    const started = performance.now();
    this.#kernels.repeatCall(this.#layout.measured, times);
    return (performance.now() - started) / times;
  }

  /** Multiply-adds of 4 lanes per second on this thread, when all operands are in registers; for benchmarks. */
  measurePeak(iterations: number): number {
    this.#checkOpen();
    checkWhole("engine.measurePeak", "iterations", iterations, 1, MOST_REPEATS);
    const started = performance.now();
    this.#kernels.measurePeak(iterations);
    return (iterations * 1000) / (performance.now() - started);
  }

  /**
   * Ends the threads and gives the memory back, for the next engine. Neither the engine nor its live views can be used
   * afterwards.
   */
  close(): void {
    // A second call must not write to the memory, which another engine may use by now.
    if (this.#isClosed) return;
    this.#isClosed = true;
    Atomics.store(this.#control, Control.Quit, 1);
    Atomics.add(this.#control, Control.Command, 1);
    Atomics.notify(this.#control, Control.Command);
    const ended = this.#workers.map((worker) => worker.terminate());
    this.#workers = [];
    // Until the threads have ended, they may still read the control words.
    if (ended.length === 0) this.#giveBackMemory();
    else Promise.all(ended).then(() => this.#giveBackMemory());
  }

  #giveBackMemory(): void {
    if (this.#part === undefined) giveBack(this.#memory);
    else this.#part.release();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new InputError("engine", "an open engine", "one that was closed");
  }

  #placedPlan(where: string, name: PlanName): PlacedPlan {
    this.#checkOpen();
    return named(where, "plan", this.#layout.plans, name);
  }

  #placedSet(where: string, name: SetName): PlacedSet {
    this.#checkOpen();
    return named(where, "set", this.#layout.sets, name);
  }
}

/** Plans that score logits take their log-softmax first. */
function withScores<PlanName extends string>(
  plans: Readonly<Record<PlanName, EnginePlan>>,
): Readonly<Record<PlanName, EnginePlan>> {
  const scored = Object.entries<EnginePlan>(plans).map(([name, plan]) => [
    name,
    plan.objective === "score" ? { ...plan, graph: withLogProbabilities(plan.graph) } : plan,
  ]);
  return Object.fromEntries(scored);
}

function named<T>(where: string, what: string, known: ReadonlyMap<string, T>, name: string): T {
  const found = known.get(name);
  if (found === undefined) {
    throw new InputError(where, `${what} to be ${listed([...known.keys()], "or")}`, shown(name));
  }
  return found;
}

function mapRecord<T, U>(
  record: Readonly<Record<string, T>>,
  of: (value: T, name: string) => U,
): ReadonlyMap<string, U> {
  return new Map(Object.entries(record).map(([name, value]) => [name, of(value, name)]));
}

function arraysOf(sets: Readonly<Record<string, EngineSet>>): Uint8Array[] {
  return Object.values(sets).flatMap(({ images, labels }) => [images, labels]);
}
