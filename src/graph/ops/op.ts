import type { Shape } from "../graph.js";
import type { Opcode } from "../opcodes.js";
import type { AttributeRules } from "./attributes.js";

/** A float64 tensor of the reference executor, row-major in the logical order `[channel, row, column]`. */
export interface Tensor64 {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** What an op's reference sees of one image. */
export interface ReferenceCall<A> {
  readonly inputs: readonly Tensor64[];
  readonly parameters: readonly Tensor64[];
  readonly attributes: A;
  readonly shape: Shape;
  /** Class of the image. */
  readonly label: number;
  /** Dropout drops only in training. */
  readonly training: boolean;
  /** Whether unit `position` survives dropout with probability `1 − p` of doing so. */
  keeps(position: number, p: number): boolean;
}

/** The same call with its result and the gradient of the loss with respect to it. */
export interface ReferenceGradientCall<A> extends ReferenceCall<A> {
  readonly output: Float64Array;
  readonly gradient: Float64Array;
}

/** Gradients of the loss with respect to what a call read; undefined where nothing flows. */
export interface ReferenceGradients {
  readonly inputs: readonly (Float64Array | undefined)[];
  readonly parameters?: readonly Float64Array[];
}

/** A pointer word of the plan; 0 stands for "none". */
export type Pointer = number;

/** How a parameter lies in the engine's memory. Rows start at multiples of 4 values, padding is 0. */
export type ParameterLayout =
  /** Row-major `[..., last]`; a row is the last axis. */
  | "rows"
  /** Convolution weight `[out, in, ky, kx]` stored as `[out, ky, kx, in]`; a row is `kx × in`. */
  | "convolution"
  /**
   * The same of a map's own channels, then the weights of row and column, which `[out, in + 2, ky, kx]`
   * has last, as `[out, 2, ky, kx]` without padding between rows.
   */
  | "coordConvolution";

/** What an op's kernel calls are written with. All sizes are in values, not bytes, unless a name says so. */
export interface KernelContext<A> {
  readonly attributes: A;
  readonly inputShapes: readonly Shape[];
  readonly shape: Shape;
  readonly training: boolean;
  /** Whether backward calls follow. */
  readonly differentiates: boolean;
  /** Largest number of images in a batch. */
  readonly batchSize: number;
  /** Number of the node's random stream. */
  readonly stream: number;
  /** Appends a call; a number that is not an integer is passed as its float32 bits with `f32`. */
  call(kernel: Opcode, ...words: readonly number[]): void;
  /** Appends a call that every thread makes once a step, before the first image. */
  prologue(kernel: Opcode, ...words: readonly number[]): void;
  /** Appends a call that is made once a step, after backward and before gradients are summed over shards. */
  epilogue(kernel: Opcode, ...words: readonly number[]): void;
  input(index: number): Pointer;
  output(): Pointer;
  /** 0 where no gradient is wanted. */
  inputGradient(index: number): Pointer;
  outputGradient(): Pointer;
  parameter(index: number): Pointer;
  parameterGradient(index: number): Pointer;
  /** Values from one row of a parameter to the next. */
  rowStride(index: number): number;
  /** Memory of this node that lives from its forward to its backward call. */
  saved(name: string, values: number): Pointer;
  /** Memory of the thread that holds its content for one call, or for a step when filled by a prologue. */
  scratch(name: string, values: number): Pointer;
  /**
   * Memory for what forward calls can leave for backward rather than let it be computed again: of one image, or of
   * a batch op for the whole batch. 0 where no backward call follows, or other images come in between.
   */
  carried(name: string, values: number): Pointer;
  /**
   * Memory that calls add to over the images of a shard, as they do to gradients of parameters. In the
   * epilogue it is the first shard's; the others' follow `Control.ShardBytes` apart.
   */
  summed(name: string, values: number): Pointer;
  /** The bits of a float32 as an integer word. */
  f32(value: number): number;
}

interface OpCommon<A> {
  /** What its attributes may be. */
  readonly attributes: AttributeRules<A>;
  /** How many tensors it reads. */
  readonly inputCount: number;
  /**
   * The result's shape.
   *
   * @param attributes as the rules allow them
   * @throws InputError where the inputs do not fit
   */
  shape(inputs: readonly Shape[], attributes: A): Shape;
  /** Layouts of the op's parameters, in their order. */
  readonly parameterLayouts: readonly ParameterLayout[];
  /**
   * Checks number and shapes of its parameters.
   *
   * @param inputs and attributes for which there is a `shape`
   * @throws InputError where they do not fit
   */
  checkParameters(inputs: readonly Shape[], attributes: A, parameters: readonly Shape[]): void;
  /** Writes the kernel calls of one image (or, across the batch, of one place). */
  emitForward(kernels: KernelContext<A>): void;
  /** Every backward call adds to the gradients it writes. */
  emitBackward(kernels: KernelContext<A>): void;
}

/** An op that computes one image from that image alone. */
export interface ImageOp<A> extends OpCommon<A> {
  readonly scope: "image";
  forward(call: ReferenceCall<A>): Float64Array;
  backward(call: ReferenceGradientCall<A>): ReferenceGradients;
}

/** An op in which the images of a batch see each other. */
export interface BatchOp<A> extends OpCommon<A> {
  readonly scope: "batch";
  forward(calls: readonly ReferenceCall<A>[]): Float64Array[];
  backward(calls: readonly ReferenceGradientCall<A>[]): ReferenceGradients[];
  /** Independent parts of the work, for the threads to share. */
  tasks(shape: Shape): number;
}

export type OpDefinition<A> = ImageOp<A> | BatchOp<A>;
