import * as platform from "#engine-platform";
import { checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { listed } from "../numbers.js";
import type { Kernels } from "./build.js";
import { instantiateKernels, type KernelBuild, type KernelExports, loadKernels } from "./build.js";
import { checkCommand, type SetFacts } from "./check-command.js";
import { checkEngineOptions } from "./check-engine-options.js";
import { CONTROL_ADDRESS, Control, SHARDS } from "./control.js";
import { type MemoryPart, memoryOf, takePart } from "./data-memory.js";
import { type Layout, layOut, type PlacedSet } from "./layout.js";
import { matchingTensors } from "./matching-tensors.js";
import type { Command, EngineOptions, EnginePlan, EngineSet } from "./options.js";
import { pack, placedSize, trainedSize, unpackAll } from "./parameter-layout.js";
import { pixelTablesOf, writePixelTables } from "./pixel-table.js";
import { type PlacedPlan, writePlan } from "./placed-plan.js";
import { writeStep, writeUpdate } from "./placed-update.js";
import type { Call, Phase } from "./plan.js";
import { largestLabel, needsOf, type PlanNeeds } from "./plan-needs.js";
import { giveBack, PAGE, sharedMemory } from "./shared-memory.js";
import { Slots } from "./slots.js";
import { threadsFor } from "./thread-count.js";
import { hasMomentum, isPlainDescent } from "./update-rule.js";
import { readState, writeState } from "./update-state.js";
import { wordsOf } from "./words.js";

/**
 * How often a waiting thread looks at a word before it sleeps. If each thread has a core, it looks for about 0.2 ms, as
 * waking a thread takes 50 µs and more; if not, it looks less often, as it keeps another thread from running.
 */
const LONG_SPIN = 200_000;
const SHORT_SPIN = 4000;

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
  readonly #memory: WebAssembly.Memory;
  /** Where its memory begins: address of its control words. */
  readonly #address: number;
  readonly #control: Int32Array;
  readonly #module: WebAssembly.Module;
  readonly #kernels: KernelExports;
  #workers: platform.WorkerHandle[] = [];
  #hasParameters = false;
  /** The learning rate that the scalars of the first steps have, where all have the same. */
  #writtenRate: { readonly rate: number; readonly steps: number } | undefined;
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
    this.#writeFixed(options);
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

  #writeFixed(options: EngineOptions<PlanName, SetName>): void {
    const { shared } = this.#layout;
    const control = this.#control;
    control[Control.Threads] = this.threads;
    control[Control.BatchSize] = this.batchSize;
    control[Control.Spins] = this.threads > platform.coreCount() ? SHORT_SPIN : LONG_SPIN;
    control[Control.PixelTable] = shared.pixelTable;
    control[Control.PixelTables] = pixelTablesOf(options);
    control[Control.ThreadMemory] = this.#layout.threadMemory;
    control[Control.ThreadBytes] = this.#layout.threadBytes;
    control[Control.SlotMemory] = this.#layout.slotMemory;
    control[Control.SlotBytes] = this.#layout.slotBytes;
    control[Control.BatchMemory] = this.#layout.batchMemory;
    control[Control.ShardGradients] = this.#layout.shardGradients;
    control[Control.ShardBytes] = this.#layout.shardBytes;
    control[Control.ParameterBytes] = trainedSize(this.#layout.places) * 4;
    control[Control.Gradients] = shared.gradients;
    control[Control.Parameters] = shared.parameters;
    control[Control.SlotLosses] = shared.slotLosses;
    control[Control.StepLosses] = this.#layout.stepLosses;
    control[Control.ImageLosses] = this.#layout.imageLosses;
    control[Control.Predictions] = this.#layout.predictions;
    if (this.#layout.update !== undefined) {
      control[Control.Scalars] = this.#layout.update.scalars;
      control[Control.Update] = this.#layout.update.fields;
      writeUpdate(this.#memory, this.#layout.update);
    }
    const tables = this.#floats(shared.pixelTable, pixelTablesOf(options) * 256);
    writePixelTables(tables, options);
    for (const plan of this.#layout.plans.values()) writePlan(this.#memory, plan);
    for (const [name, set] of Object.entries<EngineSet>(options.sets)) {
      this.#writeSet(this.#layout.sets.get(name)!, set);
    }
  }

  #writeSet(place: PlacedSet, set: EngineSet): void {
    const bytes = new Uint8Array(this.#memory.buffer);
    if (this.#part === undefined) {
      bytes.set(set.images, place.images);
      bytes.set(set.labels, place.labels);
    }
    const order = new Uint32Array(this.#memory.buffer, place.order, place.count);
    for (let i = 0; i < place.count; i++) order[i] = i;
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
    this.#checkParameters("engine.run");
    const needs = this.#needs.get(command.plan)!;
    checkCommand(
      command,
      needs,
      this.#sets.get(command.set)!,
      this.batchSize,
      this.#hasMomentum(needs),
    );
    this.#checkOrder(command);
    if (needs.updates) this.#writeSteps(command);
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

  /** Writes what changes from step to step, so that one command runs many. */
  #writeSteps(command: Command<PlanName, SetName>): void {
    const { set, from, to, stepBase = 0, learningRate = 0, momentum } = command;
    if (typeof learningRate === "number" && isPlainDescent(this.#layout.update!.rule)) {
      this.#writeRate(learningRate, set);
      return;
    }
    this.#writtenRate = undefined;
    for (let index = from; index < to; index++) {
      writeStep(this.#memory, this.#layout.update!, index, {
        number: stepBase + index + 1,
        learningRate: typeof learningRate === "number" ? learningRate : learningRate[index - from]!,
        momentum: momentum?.[index - from],
      });
    }
  }

  /** Plain gradient descent has the same scalars in every step: they are written where they change. */
  #writeRate(learningRate: number, set: SetName): void {
    const { rate, steps } = this.#writtenRate ?? { rate: Number.NaN, steps: 0 };
    const needed = this.steps(set);
    if (rate === learningRate && steps >= needed) return;
    for (let index = 0; index < needed; index++) {
      const step = { number: index + 1, learningRate, momentum: undefined };
      writeStep(this.#memory, this.#layout.update!, index, step);
    }
    this.#writtenRate = { rate: learningRate, steps: needed };
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
    const { places, shared } = this.#layout;
    const given = matchingTensors(places, tensors);
    const memory = this.#parameterMemory(shared.parameters);
    // Padding must be 0, but is NaN after a training that diverged.
    memory.fill(0);
    for (const [at, place] of places.entries()) pack(place, given[at]!.values, memory);
    this.#control[Control.AllFinite] = Number(memory.every(Number.isFinite));
    this.#resetState(memory);
    this.#hasParameters = true;
  }

  /** No step is known: zeros, and averages that are the parameters. */
  #resetState(parameters: Float32Array): void {
    const { update } = this.#layout;
    if (update === undefined) return;
    for (const address of update.states) {
      if (address !== 0) this.#parameterMemory(address).fill(0);
    }
    if (update.averages !== 0) this.#parameterMemory(update.averages).set(parameters);
  }

  /**
   * A copy of what the optimizer keeps of each trained parameter, `exp_avg.conv1.weight` and so on with PyTorch's names,
   * and of the moving averages, `averages.NAME` of every parameter. Empty where it keeps nothing.
   */
  updateState(): Map<string, Tensor32> {
    this.#checkOpen();
    this.#checkParameters("engine.updateState");
    return readState(this.#memory, this.#layout);
  }

  /**
   * Sets what `updateState` gave; the parameters must be set before.
   *
   * @throws InputError where a tensor is missing, unknown or of another shape; then nothing is set
   */
  setUpdateState(tensors: NamedTensors): void {
    this.#checkOpen();
    this.#checkParameters("engine.setUpdateState");
    writeState(this.#memory, this.#layout, tensors);
    const { averages = 0 } = this.#layout.update ?? {};
    if (averages === 0 || this.#parameterMemory(averages).every(Number.isFinite)) return;
    this.#control[Control.AllFinite] = 0;
  }

  /**
   * A copy of the moving averages of the parameters, those that are not trained included.
   *
   * @throws InputError where the engine keeps none
   */
  averages(): Map<string, Tensor32> {
    this.#checkOpen();
    this.#checkParameters("engine.averages");
    const { places, update } = this.#layout;
    const averages = update?.averages ?? 0;
    if (averages !== 0) return unpackAll(places, this.#parameterMemory(averages));
    throw new InputError("engine.averages", "update.ema and a plan with update", "none");
  }

  /** A copy of the parameters. */
  parameters(): Map<string, Tensor32> {
    this.#checkOpen();
    this.#checkParameters("engine.parameters");
    const { places, shared } = this.#layout;
    return unpackAll(places, this.#parameterMemory(shared.parameters));
  }

  /** A copy of the last step's gradients with respect to the parameters, after clipping; buffers have none. */
  gradients(): Map<string, Tensor32> {
    this.#checkOpen();
    if (!this.#hasGradients) {
      const expected = "a plan whose objective is loss or cotangent to have run";
      throw new InputError("engine.gradients", expected, "none");
    }
    const { places, shared } = this.#layout;
    const trained = places.filter(({ parameter }) => !parameter.buffer);
    return unpackAll(trained, this.#floats(shared.gradients, trainedSize(places)));
  }

  #parameterMemory(address: number): Float32Array {
    return this.#floats(address, placedSize(this.#layout.places));
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

  #checkParameters(where: string): void {
    if (this.#hasParameters || this.#layout.places.length === 0) return;
    throw new InputError(where, "parameters to be set first (setParameters)", "none");
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
