import * as platform from "#engine-platform";
import { InputError } from "../errors.js";
import { type Graph, sizeOf } from "../graph/graph.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import {
  instantiateKernels,
  type KernelBuild,
  type KernelExports,
  type Kernels,
  loadKernels,
} from "./build.js";
import { fromChannelsLast, toChannelsLast } from "./channels-last.js";
import { CONTROL_ADDRESS, Control, SHARDS } from "./control.js";
import { type MemoryPart, memoryOf, PAGE, takePart } from "./data-memory.js";
import { type Layout, layOut, type PlacedSet } from "./layout.js";
import { type ParameterPlace, pack, placedSize, unpack } from "./parameter-layout.js";
import { writePlan } from "./placed-plan.js";
import type { Call, Phase, PlanOptions } from "./plan.js";
import { floatBits, wordsOf } from "./words.js";

/**
 * Looks at a word before a thread sleeps: some 0.2 ms where each thread has a core, as it takes 50 µs and more
 * to wake it; less where it would keep others from theirs.
 */
const LONG_SPIN = 200_000;
const SHORT_SPIN = 4000;

/** Images and labels to be loaded into the engine's memory. */
export interface EngineSet {
  readonly count: number;
  /** `count` × the image's bytes; empty where the graph takes no image. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface EngineOptions<PlanName extends string, SetName extends string> {
  /** Each plan is a graph and what to do with it; all graphs have the same parameters. */
  readonly plans: Readonly<Record<PlanName, PlanOptions & { readonly graph: Graph }>>;
  readonly sets: Readonly<Record<SetName, EngineSet>>;
  /** Largest number of images in a batch. */
  readonly batchSize: number;
  /** Main thread included. Default: the cores there are, at most `SHARDS`. More than that is cut. */
  readonly threads?: number;
  /** Normalisation of pixels, `(byte / 255 − mean) / std` in float32. Default 0 and 1. */
  readonly mean?: number;
  readonly std?: number;
  /** Default: the fastest that works here. */
  readonly build?: KernelBuild;
}

/** Steps to run: batches `from` (inclusive) to `to` (exclusive) of a set in its current order. */
export interface Command<PlanName extends string, SetName extends string> {
  readonly plan: PlanName;
  readonly set: SetName;
  readonly from: number;
  readonly to: number;
  readonly learningRate?: number;
  readonly seed?: number;
  /** Number of step 0 for the random streams. Default 0. */
  readonly stepBase?: number;
}

/**
 * Runs plans over images on threads that share one WebAssembly memory.
 *
 * Everything is laid out when the engine is made; running allocates nothing. Results have the same
 * bits for any number of threads: a batch is cut into `SHARDS` fixed parts, whose sums are added in
 * one order.
 */
export class Engine<PlanName extends string = string, SetName extends string = string> {
  readonly build: KernelBuild;
  readonly threads: number;
  readonly shards = SHARDS;
  readonly batchSize: number;

  readonly #layout: Layout;
  /** What it has of the memory that its data lie in; undefined where it has its own. */
  readonly #part: MemoryPart | undefined;
  readonly #graphs: Readonly<Record<string, { readonly graph: Graph }>>;
  readonly #memory: WebAssembly.Memory;
  /** Where its own memory begins: its control words. */
  readonly #address: number;
  readonly #control: Int32Array;
  readonly #module: WebAssembly.Module;
  readonly #kernels: KernelExports;
  #workers: platform.WorkerHandle[] = [];

  private constructor(options: EngineOptions<PlanName, SetName>, kernels: Kernels) {
    this.build = kernels.build;
    this.threads = Math.min(options.threads ?? platform.coreCount(), SHARDS);
    this.batchSize = options.batchSize;
    this.#graphs = options.plans;
    const data = memoryOf(arraysOf(options.sets));
    if (data === undefined) {
      this.#address = CONTROL_ADDRESS;
      this.#layout = layOut(options, this.threads, this.#address, false);
      const pages = Math.ceil(this.#layout.end / PAGE);
      this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
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
  }

  /** Compiles the plans, loads the images and starts the threads. */
  static async create<PlanName extends string, SetName extends string>(
    options: EngineOptions<PlanName, SetName>,
  ): Promise<Engine<PlanName, SetName>> {
    const { threads, batchSize } = options;
    for (const [what, value] of Object.entries({ threads, batchSize })) {
      if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
        throw new InputError("engine", `${what} to be a whole number of 1 or more`, String(value));
      }
    }
    const engine = new Engine(options, await loadKernels(options.build));
    await engine.#startWorkers();
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
    control[Control.ThreadMemory] = this.#layout.threadMemory;
    control[Control.ThreadBytes] = this.#layout.threadBytes;
    control[Control.SlotMemory] = this.#layout.slotMemory;
    control[Control.SlotBytes] = this.#layout.slotBytes;
    control[Control.BatchMemory] = this.#layout.batchMemory;
    control[Control.ShardGradients] = this.#layout.shardGradients;
    control[Control.ShardBytes] = this.#layout.shardBytes;
    control[Control.ParameterBytes] = placedSize(this.#layout.places) * 4;
    control[Control.Gradients] = shared.gradients;
    control[Control.Parameters] = shared.parameters;
    control[Control.SlotLosses] = shared.slotLosses;
    control[Control.StepLosses] = this.#layout.stepLosses;
    control[Control.ImageLosses] = this.#layout.imageLosses;
    control[Control.Predictions] = this.#layout.predictions;
    writePixelTable(this.#floats(shared.pixelTable, 256), options);
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
    return Math.ceil(this.#layout.sets.get(set)!.count / this.batchSize);
  }

  /** Order in which a set's images are visited: a live view, one index an image. */
  order(set: SetName): Uint32Array {
    const { order, count } = this.#layout.sets.get(set)!;
    return new Uint32Array(this.#memory.buffer, order, count);
  }

  /** Runs the steps of a command on all threads; returns when they are done. */
  run(command: Command<PlanName, SetName>): void {
    const plan = this.#layout.plans.get(command.plan)!;
    const set = this.#layout.sets.get(command.set)!;
    const control = this.#control;
    control[Control.FromStep] = command.from;
    control[Control.ToStep] = command.to;
    control[Control.StepBase] = command.stepBase ?? 0;
    control[Control.Seed] = command.seed ?? 0;
    control[Control.LearningRate] = floatBits(command.learningRate ?? 0);
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

  /** Summed training loss of each step, a live view. */
  stepLosses(set: SetName): Float64Array {
    return new Float64Array(this.#memory.buffer, this.#layout.stepLosses, this.steps(set));
  }

  /** Loss and predicted class of each image in the order of the last `score` run, live views. */
  scores(set: SetName): { losses: Float32Array; predictions: Uint8Array } {
    const { count } = this.#layout.sets.get(set)!;
    return {
      losses: this.#floats(this.#layout.imageLosses, count),
      predictions: new Uint8Array(this.#memory.buffer, this.#layout.predictions, count),
    };
  }

  /** Sets every parameter, or none: throws where one is missing, unknown or of another shape. */
  setParameters(tensors: NamedTensors): void {
    const known = new Set(this.#layout.places.map(({ parameter }) => parameter.name));
    for (const name of tensors.keys()) {
      if (!known.has(name)) throw new InputError("parameters", [...known].join(", "), name);
    }
    const given = this.#layout.places.map(
      (place) => [place, matchingTensor(place, tensors)] as const,
    );
    const memory = this.#parameterMemory(this.#layout.shared.parameters);
    // Padding must be 0, and is NaN after a training that diverged.
    memory.fill(0);
    for (const [place, { values }] of given) pack(place, values, memory);
  }

  /** A copy of the parameters. */
  parameters(): Map<string, Tensor32> {
    return this.#readParameters(this.#layout.shared.parameters);
  }

  /** A copy of the last step's gradients. */
  gradients(): Map<string, Tensor32> {
    return this.#readParameters(this.#layout.shared.gradients);
  }

  #readParameters(address: number): Map<string, Tensor32> {
    const memory = this.#parameterMemory(address);
    return new Map(
      this.#layout.places.map((place) => [
        place.parameter.name,
        { shape: place.parameter.shape, values: unpack(place, memory) },
      ]),
    );
  }

  #parameterMemory(address: number): Float32Array {
    return this.#floats(address, placedSize(this.#layout.places));
  }

  /** A copy of a kept node's value for one image of the last batch, in the order [channel, row, column]. */
  value(plan: PlanName, node: number, slot: number): Float32Array {
    return this.#readSlot(plan, node, slot, this.#nodeMemory(plan, node).value);
  }

  /** A copy of the gradient by a kept node's value. */
  nodeGradient(plan: PlanName, node: number, slot: number): Float32Array {
    const { gradient } = this.#nodeMemory(plan, node);
    if (gradient === undefined) throw new Error(`engine: node ${node} has no gradient in ${plan}`);
    return this.#readSlot(plan, node, slot, gradient);
  }

  /** Gives the value of a `values` input for one image of the next batch. */
  setInput(plan: PlanName, node: number, slot: number, values: Float32Array): void {
    this.#writeSlot(plan, node, slot, this.#nodeMemory(plan, node).value, values);
  }

  /** Gives the gradient by the output for one image, where the plan's objective is `cotangent`. */
  setCotangent(plan: PlanName, slot: number, values: Float32Array): void {
    const { cotangent } = this.#layout.plans.get(plan)!.plan;
    if (cotangent === undefined) throw new Error(`engine: plan ${plan} takes no cotangent`);
    this.#writeSlot(plan, this.#graphs[plan]!.graph.output, slot, cotangent, values);
  }

  #nodeMemory(plan: PlanName, node: number): { value: number; gradient: number | undefined } {
    const memory = this.#layout.plans.get(plan)!.plan.nodes.get(node);
    if (memory === undefined) throw new Error(`engine: node ${node} is not kept in ${plan}`);
    return memory;
  }

  #readSlot(plan: PlanName, node: number, slot: number, offset: number): Float32Array {
    const { shape } = this.#graphs[plan]!.graph.nodes[node]!;
    const address = this.#layout.slotMemory + slot * this.#layout.slotBytes + offset;
    return fromChannelsLast(this.#floats(address, sizeOf(shape)), shape);
  }

  #writeSlot(
    plan: PlanName,
    node: number,
    slot: number,
    offset: number,
    values: Float32Array,
  ): void {
    const { shape } = this.#graphs[plan]!.graph.nodes[node]!;
    const address = this.#layout.slotMemory + slot * this.#layout.slotBytes + offset;
    this.#floats(address, sizeOf(shape)).set(toChannelsLast(values, shape));
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  /** The kernel calls of a plan, phase by phase. */
  phases(plan: PlanName): readonly Phase[] {
    return this.#layout.plans.get(plan)!.plan.phases;
  }

  /**
   * Milliseconds of one kernel call, on this thread and the image that it ran last; for benchmarks.
   * Gradients are added to again and again: set the parameters anew afterwards.
   */
  measureCall(call: Call, times: number): number {
    const words = wordsOf([call]);
    new Int32Array(this.#memory.buffer, this.#layout.measured, words.length).set(words);
    const started = performance.now();
    this.#kernels.repeatCall(this.#layout.measured, times);
    return (performance.now() - started) / times;
  }

  /** Multiply-adds of 4 lanes a second that registers alone allow, on this thread; for benchmarks. */
  measurePeak(iterations: number): number {
    const started = performance.now();
    this.#kernels.measurePeak(iterations);
    return (iterations * 1000) / (performance.now() - started);
  }

  /** Ends the threads. The engine cannot run afterwards. */
  close(): void {
    Atomics.store(this.#control, Control.Quit, 1);
    Atomics.add(this.#control, Control.Command, 1);
    Atomics.notify(this.#control, Control.Command);
    const ended = this.#workers.map((worker) => worker.terminate());
    this.#workers = [];
    // A thread that is still awake looks at the control words.
    if (ended.length === 0) this.#part?.release();
    else Promise.all(ended).then(() => this.#part?.release());
  }
}

function matchingTensor(place: ParameterPlace, tensors: NamedTensors): Tensor32 {
  const { name, shape } = place.parameter;
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new InputError("parameters", name, "none of this name");
  if (tensor.shape.join() !== shape.join()) {
    throw new InputError(name, `shape [${shape.join(", ")}]`, `[${tensor.shape.join(", ")}]`);
  }
  return tensor;
}

function arraysOf(sets: Readonly<Record<string, EngineSet>>): Uint8Array[] {
  return Object.values(sets).flatMap(({ images, labels }) => [images, labels]);
}

/** Follows the rounding of float32 tensors: divide by 255, subtract, divide. */
function writePixelTable(
  table: Float32Array,
  { mean = 0, std = 1 }: { readonly mean?: number; readonly std?: number },
): void {
  const [mean32, std32] = [Math.fround(mean), Math.fround(std)];
  for (let byte = 0; byte < 256; byte++) {
    const centred = Math.fround(Math.fround(byte / 255) - mean32);
    table[byte] = centred / std32;
  }
}
