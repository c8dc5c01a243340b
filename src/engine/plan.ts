import { type AugmentOptions, augmentationOf } from "../graph/augmentation.js";
import { type Graph, type Shape, sizeOf } from "../graph/graph.js";
import type { KernelName, KernelWords } from "../graph/kernel-calls.js";
import type { KernelContext, Pointer } from "../graph/ops/op.js";
import { Space } from "../graph/spaces.js";
import { PhaseKind, SHARDS, UPDATE_TASKS } from "./control.js";
import { Lifetimes } from "./lifetimes.js";
import { type ParameterPlace, roundUp, trainedSize } from "./parameter-layout.js";
import type { Step } from "./step.js";
import { planSteps } from "./steps.js";
import { encodeWords } from "./words.js";

/** What a plan does with its graph. */
export interface PlanOptions {
  /** Whether dropout drops, and batch norm takes the batch's statistics. */
  readonly training: boolean;
  /**
   * What follows the forward pass. `values`: nothing; the caller reads the values of nodes.
   * `score`: the output must be log-probabilities or logits; stores the loss and the predicted class of each image.
   * `loss`: the output must be a number; computes the gradients of its mean over the batch.
   * `cotangent`: computes gradients from the gradient with respect to the output, which the caller gives.
   */
  readonly objective: "values" | "score" | "loss" | "cotangent";
  /** Whether a step of the engine's optimizer follows. */
  readonly update: boolean;
  /** Whether it reads the moving averages of the parameters instead of the parameters. Default false. */
  readonly averaged?: boolean;
  /** Random changes of the images as they are loaded, in plans with `training`. Default none. */
  readonly augment?: AugmentOptions | undefined;
  /** Ids of nodes whose values (and gradients) the caller can read for each image after a batch. Default none. */
  readonly kept?: readonly number[];
  /** Whether gradients with respect to the inputs are computed too, not only to the parameters. Default false. */
  readonly inputGradients?: boolean;
}

/** A kernel and its arguments. */
export interface Call {
  readonly kernel: KernelName;
  /** In the order of the table of kernel calls, 32 bits each. */
  readonly words: readonly number[];
  /** The step that it belongs to; undefined for calls that clear gradients or compute the objective. */
  readonly step: Step | undefined;
}

export interface Phase {
  readonly kind: PhaseKind;
  readonly calls: readonly Call[];
  readonly tasks: number;
  readonly clearsGradients: boolean;
}

/** Offsets in bytes within a slot's memory. */
export interface NodeMemory {
  readonly value: number;
  readonly gradient: number | undefined;
}

/** A flat list of kernel calls over memory whose addresses are fixed. */
export interface Plan {
  readonly prologue: readonly Call[];
  readonly phases: readonly Phase[];
  /** Bytes that each thread needs. */
  readonly threadBytes: number;
  /** Bytes that each image of a batch needs. */
  readonly slotBytes: number;
  /** Bytes that the images of a batch share. */
  readonly batchBytes: number;
  /** Bytes that each shard needs, for the gradients of the parameters and other sums over its images. */
  readonly shardBytes: number;
  /** Nodes in slot memory, by id; empty where images share the thread's memory. */
  readonly nodes: ReadonlyMap<number, NodeMemory>;
  /** Offset in slot memory of the gradient with respect to the output, where the caller gives it. */
  readonly cotangent: number | undefined;
}

const BYTES = 4;
const ALIGNMENT = 16;
/** Values past a buffer's end that kernels may read, or overwrite with the same values. */
const OVERHANG = 8;

/** A region of memory that grows. */
class Region {
  /** @param bytes its first size */
  constructor(public bytes = 0) {}

  allocate(values: number): number {
    const offset = this.bytes;
    this.bytes += roundUp((values + OVERHANG) * BYTES, ALIGNMENT);
    return offset;
  }
}

/**
 * Compiles a graph to a plan.
 *
 * @param places where the parameters lie, see `placeParameters`
 * @param parameterAddress byte address of the first parameter
 * @param updatePhases the phases that a plan with `update` ends with
 */
export function compile(
  graph: Graph,
  batchSize: number,
  places: readonly ParameterPlace[],
  parameterAddress: number,
  options: PlanOptions,
  updatePhases: readonly PhaseKind[] = [PhaseKind.Update],
): Plan {
  return new Planner(graph, batchSize, places, parameterAddress, options, updatePhases).plan();
}

class Planner {
  readonly #steps: readonly Step[];
  readonly #differentiates: boolean;
  /** Whether values are read after a batch, so that each image keeps all its memory. */
  readonly #isRead: boolean;
  /** Those with backward calls, in their order. */
  readonly #backward: readonly Step[];
  readonly #lifetimes: Lifetimes;
  readonly #threadMemory = new Region();
  readonly #slotMemory = new Region();
  readonly #batchMemory = new Region();
  readonly #shardMemory: Region;
  readonly #values = new Map<number, number>();
  readonly #gradients = new Map<number, number>();
  /** Ranges of gradients that one call clears, by phase; undefined: those that outlive a phase. */
  readonly #cleared = new Map<number | undefined, { first: Pointer; bytes: number }>();
  readonly #named = new Map<string, number>();
  readonly #prologue: Call[] = [];
  /** The calls of the prologue as text. */
  readonly #prepared = new Set<string>();
  readonly #epilogue: Call[] = [];
  readonly #phases: Phase[] = [];
  #calls: Call[] = [];
  /** Number of the current phase over images, as in `Lifetimes`. */
  #phase = 0;
  /** The step whose calls are being written. */
  #step: Step | undefined;
  #cotangent: number | undefined;

  constructor(
    readonly graph: Graph,
    readonly batchSize: number,
    readonly places: readonly ParameterPlace[],
    readonly parameterAddress: number,
    readonly options: PlanOptions,
    readonly updatePhases: readonly PhaseKind[],
  ) {
    const { objective, kept = [] } = options;
    this.#differentiates = objective === "loss" || objective === "cotangent";
    const use = { training: options.training, differentiates: this.#differentiates };
    this.#steps = planSteps(graph, new Set(kept), use);
    this.#isRead = objective === "values" || objective === "cotangent" || kept.length > 0;
    this.#shardMemory = new Region(trainedSize(places) * BYTES);
    this.#backward = this.#differentiates ? this.#differentiated().toReversed() : [];
    this.#lifetimes = new Lifetimes(this.#steps, this.#backward);
  }

  plan(): Plan {
    this.#placeValues();
    this.#placeGradients();
    for (const step of this.#steps) this.#emit(step, "forward");
    this.#emitObjective();
    for (const step of this.#backward) this.#emit(step, "backward");
    this.#endImagePhase();
    if (this.#differentiates) this.#emitUpdate();
    return {
      prologue: this.#prologue,
      phases: this.#isStream() ? [{ ...this.#phases[0]!, kind: PhaseKind.Stream }] : this.#phases,
      threadBytes: this.#threadMemory.bytes,
      slotBytes: this.#slotMemory.bytes,
      batchBytes: this.#batchMemory.bytes,
      shardBytes: this.#shardMemory.bytes,
      nodes: this.#nodeMemory(),
      cotangent: this.#cotangent,
    };
  }

  #placeValues(): void {
    for (const step of this.#steps) {
      const phase = this.#lifetimes.ofValue(step);
      this.#values.set(step.output, this.#allocate(sizeOf(step.shape), phase));
    }
  }

  /** The steps whose values something trained, or a wanted input, has an effect on. */
  #differentiated(): Step[] {
    const flows = new Set<number>();
    return this.#steps.filter((step) => {
      const isInput = step.inputs.length === 0 && this.options.inputGradients === true;
      const isTrained = step.parameters.some((index) => !this.graph.parameters[index]!.buffer);
      const reaches = isTrained || step.inputs.some((id) => flows.has(id));
      if (isInput || reaches) flows.add(step.output);
      return isInput || reaches;
    });
  }

  /** Gradients that are cleared together lie one after the other. */
  #placeGradients(): void {
    const groups = new Map<number | undefined, Step[]>();
    for (const step of this.#backward.toReversed()) {
      const phase = this.#isRead ? undefined : this.#lifetimes.ofGradient(step);
      groups.set(phase, [...(groups.get(phase) ?? []), step]);
    }
    for (const [phase, steps] of groups) this.#placeGroup(steps, phase);
  }

  #placeGroup(steps: readonly Step[], phase: number | undefined): void {
    const pointers = steps.map((step) => {
      const pointer = this.#allocate(sizeOf(step.shape), phase);
      this.#gradients.set(step.output, pointer);
      return pointer;
    });
    const first = pointers[0]!;
    const last = steps.at(-1)!;
    const bytes = pointers.at(-1)! - first + roundUp(sizeOf(last.shape) * BYTES, ALIGNMENT);
    this.#cleared.set(phase, { first, bytes });
  }

  /** Thread memory for what only one phase uses; slot memory for what outlives the phase. */
  #allocate(values: number, phase: number | undefined): Pointer {
    if (this.#isRead || phase === undefined) {
      return this.#slotMemory.allocate(values) | Space.Slot;
    }
    return this.#threadMemory.allocate(values) | Space.Thread;
  }

  #emit(step: Step, direction: "forward" | "backward"): void {
    if (step.scope === "batch") this.#endImagePhase();
    this.#step = step;
    const context = this.#context(step, direction) as KernelContext<never>;
    const first = this.#phase;
    if (direction === "forward") step.emitForward(context);
    else step.emitBackward(context);
    if (step.scope === "batch") this.#endBatchPhase(step.tasks, direction);
    else if (this.#phase !== first + 2 * step.meetings) {
      throw new Error(`plan: ${step.label} has not the ${step.meetings} meetings that it names`);
    }
  }

  #endBatchPhase(tasks: number, direction: "forward" | "backward"): void {
    this.#endPhase(PhaseKind.Batch, tasks);
    this.#phase += 2;
    if (direction === "backward") this.#clear(this.#phase);
  }

  /** Sets gradients to zero before the first call that adds to them. */
  #clear(phase: number | undefined): void {
    const range = this.#cleared.get(phase);
    if (range === undefined) return;
    const { first: to, bytes } = range;
    this.#calls.push(encodeCall("Zero", { to, bytes }, undefined));
  }

  #emitObjective(): void {
    this.#step = undefined;
    const { graph, options } = this;
    const size = sizeOf(graph.nodes[graph.output]!.shape);
    const value = this.#values.get(graph.output)!;
    if (options.objective === "score") {
      this.#call("Score", { logProbabilities: value, classes: size });
    }
    if (!this.#differentiates) return;
    const output = this.#gradients.get(graph.output)!;
    this.#clear(undefined);
    this.#clear(this.#phase);
    if (options.objective === "loss") {
      this.#call("SeedLoss", { value, gradient: output });
      return;
    }
    this.#cotangent = this.#slotMemory.allocate(size);
    this.#call("Accumulate", { a: output, b: this.#cotangent | Space.Slot, count: size });
  }

  #emitUpdate(): void {
    if (this.#epilogue.length > 0) {
      this.#calls = this.#epilogue;
      this.#endPhase(PhaseKind.Batch, 1);
    }
    const kinds = this.options.update ? this.updatePhases : [PhaseKind.Reduce];
    for (const kind of kinds) this.#endPhase(kind, UPDATE_TASKS);
  }

  #call<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void {
    this.#calls.push(encodeCall(kernel, words, this.#step));
  }

  #endImagePhase(): void {
    if (this.#calls.length > 0) this.#endPhase(PhaseKind.Images, SHARDS);
  }

  #endPhase(kind: PhaseKind, tasks: number): void {
    const clearsGradients = this.#differentiates && this.#phases.length === 0;
    this.#phases.push({ kind, calls: this.#calls, tasks, clearsGradients });
    this.#calls = [];
  }

  /** Whether images can run one by one: no gradients, no training, nothing read afterwards, no phase over the batch. */
  #isStream(): boolean {
    const isOnePhase = this.#phases.length === 1 && this.#phases[0]!.kind === PhaseKind.Images;
    return isOnePhase && !this.#differentiates && !this.#isRead && !this.options.training;
  }

  #nodeMemory(): Map<number, NodeMemory> {
    const nodes = new Map<number, NodeMemory>();
    if (!this.#isRead) return nodes;
    for (const [id, value] of this.#values) {
      const gradient = this.#gradients.get(id);
      nodes.set(id, {
        value: value - Space.Slot,
        gradient: gradient === undefined ? undefined : gradient - Space.Slot,
      });
    }
    return nodes;
  }

  #context(step: Step, direction: "forward" | "backward"): KernelContext<unknown> {
    const place = (index: number) => this.places[step.parameters[index]!]!;
    const shapeOf = (id: number): Shape => this.graph.nodes[id]!.shape;
    return {
      attributes: step.attributes,
      inputShapes: step.inputs.map(shapeOf),
      shape: step.shape,
      training: this.options.training,
      differentiates: this.#differentiates,
      updates: this.options.update,
      batchSize: this.batchSize,
      augmentation: augmentationOf("engine", this.options.augment),
      stream: step.output,
      call: (kernel, words) => this.#call(kernel, words),
      prologue: (kernel, words) => this.#addPrologue(encodeCall(kernel, words, step)),
      epilogue: (kernel, words) => this.#epilogue.push(encodeCall(kernel, words, step)),
      together: (kernel, words) => {
        this.#endImagePhase();
        this.#call(kernel, words);
        this.#endBatchPhase(1, direction);
      },
      input: (index) => this.#values.get(step.inputs[index]!)!,
      output: () => this.#values.get(step.output)!,
      inputGradient: (index) => this.#gradients.get(step.inputs[index]!) ?? 0,
      outputGradient: () => this.#gradients.get(step.output)!,
      parameter: (index) => this.parameterAddress + place(index).offset * BYTES,
      parameterGradient: (index) => (place(index).offset * BYTES) | Space.Shard,
      rowStride: (index) => place(index).rowStride,
      saved: (name, values) => {
        const phase = this.#lifetimes.ofSaved(step);
        return this.#namedMemory(step, name, () => this.#allocate(values, phase));
      },
      scratch: (name, values) =>
        this.#namedMemory(step, name, () => this.#threadMemory.allocate(values) | Space.Thread),
      perImage: (name, values) =>
        this.#namedMemory(step, name, () => this.#slotMemory.allocate(values) | Space.Slot),
      perBatch: (name, values) =>
        this.#namedMemory(step, name, () => this.#batchMemory.allocate(values) | Space.Batch),
      carried: (name, values) => this.#carried(step, name, values),
      summed: (name, values) =>
        this.#namedMemory(
          step,
          `${name} over images`,
          () => this.#shardMemory.allocate(values) | Space.Shard,
        ),
    };
  }

  #carried(step: Step, name: string, values: number): Pointer {
    if (!this.#differentiates) return 0;
    const isBatch = step.scope === "batch";
    // Only within one phase does a thread run all calls of an image before those of the next image.
    if (!isBatch && this.#lifetimes.ofSaved(step) === undefined) return 0;
    return this.#namedMemory(step, name, () =>
      isBatch
        ? this.#batchMemory.allocate(values) | Space.Batch
        : this.#threadMemory.allocate(values) | Space.Thread,
    );
  }

  /** Forward and backward may prepare the same memory in the same way: once is enough. */
  #addPrologue(call: Call): void {
    const key = `${call.kernel} ${call.words.join()}`;
    if (this.#prepared.has(key)) return;
    this.#prepared.add(key);
    this.#prologue.push(call);
  }

  #namedMemory(step: Step, name: string, allocate: () => Pointer): Pointer {
    const key = `${step.output}.${name}`;
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const pointer = allocate();
    this.#named.set(key, pointer);
    return pointer;
  }
}

function encodeCall<Kernel extends KernelName>(
  kernel: Kernel,
  words: KernelWords<Kernel>,
  step: Step | undefined,
): Call {
  return { kernel, words: encodeWords(kernel, words), step };
}
