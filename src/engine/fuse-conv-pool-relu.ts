import type { Graph, Node } from "../graph/graph.js";
import { Opcode } from "../graph/opcodes.js";
import { type Conv2dAttributes, gradientListSize, packedConvSize } from "../graph/ops/conv2d.js";
import {
  coordTableLength,
  coordTableStride,
  coordWeights,
  emitCoordTable,
} from "../graph/ops/coord-conv2d.js";
import { emitLiveChannels } from "../graph/ops/dropout2d.js";
import type { OpName } from "../graph/ops/index.js";
import type { KernelContext, Pointer } from "../graph/ops/op.js";
import { mapShape } from "../graph/ops/shapes.js";
import { isOp, onlyReader } from "./fusion.js";
import type { Step } from "./steps.js";
import { winogradPackedSize, winogradScratchSize } from "./winograd-sizes.js";

interface FusedAttributes extends Conv2dAttributes {
  /** Row and column are two more channels of the input. */
  readonly coordinates: boolean;
  /** There is a second input, whose first value is the first one's background. */
  readonly hasBackground: boolean;
  /** Drop probability of the dropout2d between convolution and pooling; 0 where there is none. */
  readonly p: number;
  /** Random stream of that dropout2d. */
  readonly dropoutStream: number;
}

/**
 * Finds conv2d or coordConv2d → [dropout2d] → maxPool2d(2) → relu starting at a node and makes it one step.
 *
 * The kernel keeps, of each window, the value and the offset of its winner, so that backward touches
 * only places that have a gradient; it computes only the channels that dropout2d left alive. The
 * result is the unfused one, as scaling by 1 / (1 − p) > 0 does not change a maximum. Only where sums
 * over several channels are equal, rounding may choose another winner than the first of the window.
 */
export function fuseConvPoolRelu(
  graph: Graph,
  conv: Node<OpName>,
  kept: ReadonlySet<number>,
): { step: Step; nodes: readonly number[] } | undefined {
  if (!isOp(conv, "conv2d") && !isOp(conv, "coordConv2d")) return undefined;
  let next = onlyReader(graph, conv, kept);
  const dropout = next && isOp(next, "dropout2d") ? next : undefined;
  if (dropout) next = onlyReader(graph, dropout, kept);
  if (!next || !isOp(next, "maxPool2d") || next.attributes.kernelSize !== 2) return undefined;
  const pool: Node<OpName> = next;
  const relu = onlyReader(graph, pool, kept);
  if (!relu || !isOp(relu, "relu")) return undefined;

  const image = backgroundSource(graph, conv);
  const attributes: FusedAttributes = {
    ...conv.attributes,
    coordinates: conv.op === "coordConv2d",
    hasBackground: image !== undefined,
    p: dropout?.attributes.p ?? 0,
    dropoutStream: dropout?.id ?? 0,
  };
  const step: Step = {
    scope: "image",
    label: conv.label,
    output: relu.id,
    inputs: image === undefined ? conv.inputs : [conv.inputs[0]!, image],
    parameters: conv.parameters,
    shape: relu.shape,
    tasks: 0,
    attributes,
    emitForward,
    emitBackward,
  };
  const nodes = [conv.id, pool.id, relu.id];
  return { step, nodes: dropout ? [...nodes, dropout.id] : nodes };
}

/** Rows and columns of an image whose background the kernel can leave out: a row's mask has 64 bits. */
const MASKED = { least: 16, most: 64 };
/** Rows and columns of the convolution's kernel: the mask of its taps has 64 bits. */
const MASKED_KERNEL = { least: 2, most: 8 };

/**
 * The image whose first pixel is the background that a fused convolution leaves out, since it reads that
 * image or a sampling of it; undefined where it leaves out none.
 */
export function backgroundSource(graph: Graph, conv: Node<OpName>): number | undefined {
  const input = graph.nodes[conv.inputs[0]!]!;
  const [channels, rows, columns] = mapShape("conv2d", input.shape);
  const { kernelSize } = conv.attributes as { readonly kernelSize: number };
  const fits = rows <= MASKED.most && columns <= MASKED.most && columns >= MASKED.least;
  const kernelFits = kernelSize >= MASKED_KERNEL.least && kernelSize <= MASKED_KERNEL.most;
  if (channels !== 1 || !fits || !kernelFits) return undefined;
  const sampled = input.op === "gridSample" ? graph.nodes[input.inputs[0]!]! : input;
  return sampled.op === "input" ? sampled.id : undefined;
}

function dropsChannels(k: KernelContext<FusedAttributes>): boolean {
  return k.training && k.attributes.p > 0;
}

/** Pooled values a plane, four winner bytes a value. */
function winnerSize(k: KernelContext<FusedAttributes>): number {
  const [channels, rows, columns] = mapShape("conv2d", k.shape);
  return Math.ceil((channels * rows * columns) / 4);
}

function emitForward(k: KernelContext<FusedAttributes>): void {
  if (suitsWinograd(k)) emitWinograd(k);
  else emitDirect(k);
}

function emitDirect(k: KernelContext<FusedAttributes>): void {
  const [inChannels, inRows, inColumns] = mapShape("conv2d", k.inputShapes[0]);
  const { outChannels, kernelSize, p, dropoutStream } = k.attributes;
  const live = dropsChannels(k) ? emitLiveChannels(k, outChannels, dropoutStream, p) : 0;
  const packed = emitPacking(k, "packed", k.parameter(0), live, {
    rows: kernelSize,
    rowLength: kernelSize * inChannels,
    rowStride: k.rowStride(0),
  });
  const table = k.attributes.coordinates ? emitPackedTable(k, live) : 0;
  const pointers = [k.input(0), packed, k.parameter(1), table, ...background(k)];
  const sizes = [inRows, inColumns, inChannels, outChannels, kernelSize];
  k.call(Opcode.ConvPoolForward, ...pointers, k.output(), winners(k), live, ...sizes, scale(k));
}

/** Whether tiles of 4×4 places fit and enough channels share their transforms. */
function suitsWinograd(k: KernelContext<FusedAttributes>): boolean {
  const [inChannels] = mapShape("conv2d", k.inputShapes[0]);
  const [, rows, columns] = mapShape("conv2d", k.shape);
  return k.attributes.kernelSize === 5 && inChannels >= 4 && rows >= 2 && columns >= 2;
}

function emitWinograd(k: KernelContext<FusedAttributes>): void {
  const [inChannels, inRows, inColumns] = mapShape("conv2d", k.inputShapes[0]);
  const { outChannels, coordinates, p, dropoutStream } = k.attributes;
  const live = dropsChannels(k) ? emitLiveChannels(k, outChannels, dropoutStream, p) : 0;
  const packed = k.scratch("packed", winogradPackedSize(inChannels, outChannels));
  const scratch = k.scratch("tiles", winogradScratchSize(inChannels, outChannels));
  const sizes = [outChannels, inChannels, k.rowStride(0)];
  k.prologue(Opcode.WinogradPack, packed, k.parameter(0), scratch, ...sizes);
  const pointers = [k.input(0), packed, k.parameter(1), coordinates ? emitCoordTable(k) : 0];
  const results = [k.output(), winners(k), live, scratch];
  const maps = [inRows, inColumns, inChannels, outChannels];
  k.call(Opcode.WinogradConvPoolForward, ...pointers, ...results, ...maps, scale(k));
}

/** Memory for where the image is background, and the pixel that says so; see kernels/background.ts. */
function background(k: KernelContext<FusedAttributes>): [Pointer, Pointer] {
  if (!k.attributes.hasBackground) return [0, 0];
  const [, rows, columns] = mapShape("conv2d", k.inputShapes[0]);
  const taps = k.attributes.kernelSize ** 2;
  const windows = (side: number) => (side - k.attributes.kernelSize + 1) >> 1;
  const lists = taps + (taps + 1) + 1 + 6 * windows(rows) * windows(columns);
  return [k.scratch("background", rows * columns + 2 * rows + lists), k.input(1)];
}

/** What the coordinates add, for the channels alive, packed as weights are. */
function emitPackedTable(k: KernelContext<FusedAttributes>, live: Pointer): Pointer {
  const table = emitCoordTable(k);
  const [rowLength, rowStride] = [coordTableLength(k), coordTableStride(k)];
  return emitPacking(k, "packedTable", table, live, { rows: 1, rowLength, rowStride });
}

/** Rows of each channel, and values from one row to the next. */
interface ChannelRows {
  readonly rows: number;
  readonly rowLength: number;
  readonly rowStride: number;
}

/** Packs all channels once a step, or for each image those that dropout left alive. */
function emitPacking(
  k: KernelContext<FusedAttributes>,
  name: string,
  from: Pointer,
  live: Pointer,
  { rows, rowLength, rowStride }: ChannelRows,
): Pointer {
  const { outChannels } = k.attributes;
  const packed = k.scratch(name, packedConvSize(outChannels, rows * rowLength));
  const words = [packed, from, outChannels, rows, rowLength, rowStride];
  if (live) k.call(Opcode.ConvPackLive, ...words, live);
  else k.prologue(Opcode.ConvPack, ...words);
  return packed;
}

function emitBackward(k: KernelContext<FusedAttributes>): void {
  const [inChannels, inRows, inColumns] = mapShape("conv2d", k.inputShapes[0]);
  const { outChannels, kernelSize, coordinates } = k.attributes;
  const visits = k.scratch("visits", gradientListSize(k.shape));
  const sizes = [inRows, inColumns, inChannels, outChannels, kernelSize];
  k.prologue(Opcode.ConvPoolVisits, visits, ...sizes);
  const pointers = [
    visits,
    k.input(0),
    k.outputGradient(),
    winners(k),
    k.parameter(0),
    k.parameterGradient(0),
    k.parameterGradient(1),
    k.inputGradient(0),
    coordinates ? coordWeights(k, k.parameterGradient(0)) : 0,
    k.scratch("lists", 12 + 4 * gradientListSize(k.shape)),
  ];
  k.call(Opcode.ConvPoolBackward, ...pointers, ...sizes, k.rowStride(0), scale(k));
}

/** Memory for the winners' offsets, which only backward reads. */
function winners(k: KernelContext<FusedAttributes>): Pointer {
  if (!k.differentiates) return 0;
  return k.saved("winners", winnerSize(k));
}

/** 1 / (1 − p) as float32 bits. */
function scale(k: KernelContext<FusedAttributes>): number {
  return k.f32(dropsChannels(k) ? 1 / (1 - k.attributes.p) : 1);
}
