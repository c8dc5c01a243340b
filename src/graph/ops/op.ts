import type { Augmentation } from "../augmentation.js";
import type { Shape } from "../graph.js";
import type { KernelName, KernelWords } from "../kernel-calls.js";
import type { OnnxValue, OnnxWriter } from "../onnx.js";
import type { Tensor32 } from "../tensors.js";
import type { AttributeRules } from "./attributes.js";
import type { Work } from "./work.js";

/** A float64 tensor of the reference, row-major in PyTorch's order, `[channel, row, column]` for a map. */
export interface Tensor64 {
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** What an op's reference reads for one image. */
export interface ReferenceCall<A> {
  readonly inputs: readonly Tensor64[];
  readonly parameters: readonly Tensor64[];
  readonly attributes: A;
  readonly shape: Shape;
  /** Class of the image. */
  readonly label: number;
  /** Classes of all images of the batch. */
  readonly labels: readonly number[];
  /** Whether dropout drops, and batch norm takes the batch's statistics. */
  readonly training: boolean;
  /** Whether dropout with drop probability `p` keeps the unit at this position. */
  keeps(position: number, p: number): boolean;
}

/** The same call, with its output and the gradient of the loss with respect to the output. */
export interface ReferenceGradientCall<A> extends ReferenceCall<A> {
  readonly output: Float64Array;
  readonly gradient: Float64Array;
}

/** Gradients of the loss with respect to the call's inputs and parameters; undefined for an input that has none. */
export interface ReferenceGradients {
  readonly inputs: readonly (Float64Array | undefined)[];
  readonly parameters?: readonly Float64Array[];
}

/** A pointer in a plan: an offset and its `Space`. 0 means "none". */
export type Pointer = number;

/** How a parameter lies in the engine's memory. Rows are padded with zeros to multiples of 4 values. */
export type ParameterLayout =
  /** Row-major `[..., last]`; a row is the last axis. */
  | "rows"
  /** A convolution's weight `[out, in, ky, kx]`, stored as `[out, ky, kx, in]`; a row is `[kx, in]`. */
  | "convolution"
  /**
   * CoordConv's weight `[out, in + 2, ky, kx]`: the map's own `in` channels as in `convolution`, then those of the two
   * coordinates as `[out, 2, ky, kx]`, without padding between rows.
   */
  | "coordConvolution"
  /** `[channels, ...positions]`, stored as values of that shape are: channels-last, without padding between rows. */
  | "map";

/** What `emitForward` and `emitBackward` write kernel calls with. Sizes are in values, unless a name says bytes. */
export interface KernelContext<A> {
  readonly attributes: A;
  readonly inputShapes: readonly Shape[];
  readonly shape: Shape;
  /** Whether dropout drops, and batch norm takes the batch's statistics. */
  readonly training: boolean;
  /** Whether the plan has backward calls. */
  readonly differentiates: boolean;
  /** Whether the plan trains: only then may buffers change. */
  readonly updates: boolean;
  /** Largest number of images in a batch. */
  readonly batchSize: number;
  /** Random changes of the images that the plan loads. */
  readonly augmentation: Augmentation | undefined;
  /** Number of the node's random stream. */
  readonly stream: number;
  /** Appends a call. */
  call<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void;
  /** Appends a call that every thread makes once per step, before the first image. */
  prologue<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void;
  /** Appends a call that one thread makes once per step, after backward and before gradients are summed over shards. */
  epilogue<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void;
  /**
   * Ends the phase over images, appends a call that one thread makes once for the whole batch, and begins a new phase
   * over images. An op that uses it has `meetings`. It may write its output, and gradients with respect to its inputs,
   * only after the last such call.
   */
  together<Kernel extends KernelName>(kernel: Kernel, words: KernelWords<Kernel>): void;
  input(index: number): Pointer;
  output(): Pointer;
  /** 0 where nobody needs the gradient. */
  inputGradient(index: number): Pointer;
  outputGradient(): Pointer;
  parameter(index: number): Pointer;
  parameterGradient(index: number): Pointer;
  /** Values from one row of a parameter to the next. */
  rowStride(index: number): number;
  /** Memory that keeps its content from the node's forward to its backward call. */
  saved(name: string, values: number): Pointer;
  /** Memory of the thread that keeps its content during one call, or for a whole step if a prologue fills it. */
  scratch(name: string, values: number): Pointer;
  /**
   * Memory for what forward calls may leave to backward, so that it is not computed again: for one image, or in a batch
   * op for the whole batch. 0 where no backward call follows, or where a thread runs other images in between.
   */
  carried(name: string, values: number): Pointer;
  /**
   * Memory of each image for what a `together` call reads: there the pointer is the first image's, and the other images'
   * memories follow, `slotBytes` apart.
   */
  perImage(name: string, values: number): Pointer;
  /** Memory for what a `together` call leaves to the calls for each image. */
  perBatch(name: string, values: number): Pointer;
  /**
   * Memory for sums over the images of a shard, like the gradients of parameters. In the epilogue it is the first
   * shard's memory; the other shards' memories follow, `Control.ShardBytes` apart.
   */
  summed(name: string, values: number): Pointer;
}

/** The question which channels of one input an op reads. */
export interface ChannelReading<A> {
  /** Number of the input. */
  readonly input: number;
  /** Per channel of the result (or feature of a vector), whether a later op reads it. */
  readonly read: readonly boolean[];
  readonly inputShapes: readonly Shape[];
  readonly parameters: readonly Tensor32[];
  readonly attributes: A;
}

/** What an op is to tools that analyse networks. */
export type Role<A> =
  /** None of the following. */
  | { readonly kind: "plain" }
  /** Its value is given, not computed: an image of a data set, or values of the caller. */
  | { readonly kind: "input"; source(attributes: A): "image" | "values" }
  /**
   * A layer with weights: its first parameter is the weight `[rows, channels, ...]`, a second one the bias `[rows]`.
   * Each channel of the result has one row; `firstRow` is the row of the first channel.
   */
  | { readonly kind: "layer"; firstRow(attributes: A): number }
  /** A loss: looks up the image's class among the values of its first input, log-probabilities. */
  | { readonly kind: "loss" }
  /** Its values are logarithms of probabilities, one per class. */
  | { readonly kind: "logProbabilities" }
  /** An activation like ReLU: where its output is 0, it passes no gradient. */
  | { readonly kind: "rectifier" }
  /** Reads the input `image` at the positions that the input `grid` [2, rows, columns] lists, x then y in −1..1. */
  | { readonly kind: "sampler"; readonly image: number; readonly grid: number }
  /**
   * Makes such a grid of the numbers in the input `theta`. `isAffine`: they are the row-major 2×3 matrix of an affine map.
   * `identity`: the numbers, as many as theta's shape says, with which the image is sampled where it is.
   */
  | {
      readonly kind: "gridMap";
      readonly theta: number;
      readonly isAffine: boolean;
      identity(theta: Shape): readonly number[];
    }
  /**
   * Attention: weighs values by the softmax of a query's products with the keys. Keys are those of all positions of the
   * same image (`places`), or of the same position in all images of the batch (`batch`). `query`, `key` and `value` are
   * numbers of inputs; `heads` share the channels.
   */
  | {
      readonly kind: "attention";
      readonly over: "places" | "batch";
      readonly query: number;
      readonly key: number;
      readonly value: number;
      heads(attributes: A): number;
    };

/** Kinds of ops, which drawings show in different colours. */
export type DrawingFamily = "plain" | "conv" | "linear" | "attention" | "sampler" | "add";

/** How drawings of a network show an op. */
export interface Drawing<A> {
  readonly family: DrawingFamily;
  /** Title of its box if it has no parameters, whose name would be the title. Default: the caption. */
  readonly title?: string;
  /** What it does, in the fewest words; undefined where the title says so, and the box has nothing else. */
  caption(inputs: readonly Shape[], attributes: A, shape: Shape): string | undefined;
  /** Whether it is drawn in the box of the layer before it, as activations are. */
  readonly continuesLayer: boolean;
}

/** A number of inputs that may vary. */
export interface InputRange {
  readonly least: number;
  /** Default: any number. */
  readonly most?: number;
}

/** What image ops and batch ops have in common. */
interface OpCommon<A> {
  /** The op's name in graphs. */
  readonly name: string;
  /** The op's options, and the values that they may have. */
  readonly attributes: AttributeRules<A>;
  /** Number of tensors it reads. */
  readonly inputCount: number | InputRange;
  /**
   * The result's shape.
   *
   * @param attributes already checked by the rules
   * @throws InputError where the inputs do not fit
   */
  shape(inputs: readonly Shape[], attributes: A): Shape;
  /** Layouts of the op's parameters, in their order. */
  readonly parameterLayouts: readonly ParameterLayout[];
  /** Number of buffers, which are the last of its parameters. Default 0. */
  readonly buffers?: number;
  /**
   * Checks the number and the shapes of the parameters.
   *
   * @param inputs and attributes that `shape` has accepted
   * @throws InputError where they do not fit
   */
  checkParameters(inputs: readonly Shape[], attributes: A, parameters: readonly Shape[]): void;
  readonly role: Role<A>;
  /** Per channel of an input, whether it can change a channel of the result that is read, with these parameters. */
  readsChannels(reading: ChannelReading<A>): readonly boolean[];
  /** Whether it has one input, and each channel of the result depends only on the same channel of that input. */
  readonly keepsChannelsApart: boolean;
  /** Number of random decisions per image in training: the units of `ReferenceCall.keeps`. */
  randomUnits(shape: Shape): number;
  /**
   * Multiply-adds of the formula for one image, with nothing skipped; 0 where the op is no sum of products.
   *
   * @param batchSize number of images in the batch, for batch ops
   */
  multiplyAdds(inputs: readonly Shape[], attributes: A, shape: Shape, batchSize: number): number;
  /** Which kernel calls do these multiply-adds, and how many; undefined where there are none. */
  readonly work?: Work<A>;
  readonly drawing: Drawing<A>;
  /** Writes the nodes of ONNX that compute the op in evaluation; returns the result's value. */
  onnx(writer: OnnxWriter<A>): OnnxValue;
  /** Writes the forward kernel calls: those of one image, or of one task of a batch op. */
  emitForward(kernels: KernelContext<A>): void;
  /** Writes the backward kernel calls. They add to gradients, and never overwrite them. */
  emitBackward(kernels: KernelContext<A>): void;
}

/** An op that computes one image from that image alone. */
export interface ImageOp<A> extends OpCommon<A> {
  readonly scope: "image";
  forward(call: ReferenceCall<A>): Float64Array;
  backward(call: ReferenceGradientCall<A>): ReferenceGradients;
}

/** An op in which the images of a batch depend on each other. */
export interface BatchOp<A> extends OpCommon<A> {
  readonly scope: "batch";
  forward(calls: readonly ReferenceCall<A>[]): Float64Array[];
  backward(calls: readonly ReferenceGradientCall<A>[]): ReferenceGradients[];
  /** Number of independent tasks that threads share. */
  tasks(shape: Shape): number;
}

/** An op in which the images of a batch depend on each other only through sums over the batch. */
export interface MeetingOp<A> extends OpCommon<A> {
  readonly scope: "meeting";
  forward(calls: readonly ReferenceCall<A>[]): Float64Array[];
  backward(calls: readonly ReferenceGradientCall<A>[]): ReferenceGradients[];
  /** Number of `KernelContext.together` calls in forward, and as many in backward. */
  meetings(training: boolean): number;
}

export type OpDefinition<A> = ImageOp<A> | BatchOp<A> | MeetingOp<A>;
