import type { Shape } from "../graph.js";
import type { KernelName, KernelWords } from "../kernel-calls.js";
import type { Tensor32 } from "../tensors.js";
import type { AttributeRules } from "./attributes.js";
import type { Work } from "./work.js";

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
  /** Appends a call. */
  call<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void;
  /** Appends a call that every thread makes once a step, before the first image. */
  prologue<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void;
  /** Appends a call that is made once a step, after backward and before gradients are summed over shards. */
  epilogue<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void;
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
}

/** What is asked of an op when it is asked which channels of one of its inputs it reads. */
export interface ChannelReading<A> {
  /** Which input. */
  readonly input: number;
  /** Of the result's channels (features of a vector), whether something reads them. */
  readonly read: readonly boolean[];
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Tensor32[];
  readonly attributes: A;
}

/** What an op is to those who analyse a network. */
export type Role<A> =
  /** Nothing that they look for. */
  | { readonly kind: "plain" }
  /** Its value is given, not computed: an image of a data set, or values of the caller. */
  | { readonly kind: "input"; source(attributes: A): "image" | "values" }
  /**
   * Its first parameter weighs the channels of its input, `[rows, channels, ...]`, a second one is a bias, `[rows]`.
   * Each channel of the result has a row; `firstRow` is that of the first one.
   */
  | { readonly kind: "layer"; firstRow(attributes: A): number }
  /** A loss: looks up the image's class among the values of its first input. */
  | { readonly kind: "loss" }
  /** Cuts off: a unit can be 0 whatever its input's size, and passes no gradient then. */
  | { readonly kind: "rectifier" }
  /** Reads the input `image` at the positions that the input `grid` [2, rows, columns] lists, x then y in −1..1. */
  | { readonly kind: "sampler"; readonly image: number; readonly grid: number }
  /** Such a grid by an affine map, whose six numbers, a row-major 2×3 matrix, are the input `theta`. */
  | { readonly kind: "affineMap"; readonly theta: number }
  /**
   * Weighs values by the softmax of a query's products with keys: of the positions of its own image (`places`), or of
   * the same position of the batch's images. Input numbers, and how many heads share the channels.
   */
  | {
      readonly kind: "attention";
      readonly over: "places" | "batch";
      readonly query: number;
      readonly key: number;
      readonly value: number;
      heads(attributes: A): number;
    };

/** Kinds of blocks that drawings tell apart by colour. */
export type DrawingFamily = "plain" | "conv" | "linear" | "attention" | "sampler" | "add";

/** How drawings of a network show an op. */
export interface Drawing<A> {
  readonly family: DrawingFamily;
  /** Title of its box where it has no parameters, whose name would be it; where there is no title, the caption. */
  readonly title?: string;
  /** What it does, in the fewest words; undefined where its title says that, and its box holds nothing else. */
  caption(inputs: readonly Shape[], attributes: A, shape: Shape): string | undefined;
  /** Whether it only ever continues the layer before it, as activations do. */
  readonly continuesLayer: boolean;
}

/** Everything that Fovea knows of an op, whatever its scope. */
interface OpCommon<A> {
  /** As graphs name it. */
  readonly name: string;
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
  readonly role: Role<A>;
  /** Which channels of an input change what is read of the result, at these values of the parameters. */
  readsChannels(reading: ChannelReading<A>): readonly boolean[];
  /** Whether it has one input, and each channel of the result depends on the same channel of it alone. */
  readonly keepsChannelsApart: boolean;
  /** Random decisions that it takes for an image in training: units of `ReferenceCall.keeps`. */
  randomUnits(shape: Shape): number;
  /**
   * Multiply-adds of the formula for one image, nothing skipped; 0 where it does not consist of them.
   *
   * @param batchSize images of the batch, for ops that see all of them
   */
  multiplyAdds(inputs: readonly Shape[], attributes: A, shape: Shape, batchSize: number): number;
  /** Which of its kernel calls do them, and how many of them; undefined where none does. */
  readonly work?: Work<A>;
  readonly drawing: Drawing<A>;
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
