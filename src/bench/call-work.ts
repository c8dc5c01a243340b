import { backgroundSource } from "../engine/fuse-conv-pool-relu.js";
import { fuseLinearLinear } from "../engine/fuse-linear-linear.js";
import { isOp } from "../engine/fusion.js";
import { paddedChannels, winogradPoints } from "../engine/winograd-sizes.js";
import { type Graph, type Node, type Shape, sizeOf } from "../graph/graph.js";
import { coordinateChannels } from "../graph/ops/coord-conv2d.js";
import type { OpName } from "../graph/ops/index.js";
import {
  type AttentionAttributes,
  keptQueries,
  paddedTokens,
} from "../graph/ops/scaled-dot-product-attention.js";
import { dropThreshold, randomBits } from "../graph/philox.js";

/** SIMD lanes: rows of weights and groups of channels are padded to them. */
const lanes = 4;

/** Products of places × places matrices that attention's passes take. */
const attentionProducts = {
  /** Scores, and values weighted by them. */
  forward: 2,
  /** Gradients by scores, queries, keys and values. */
  backward: 4,
} as const;

/** What a layer's fused convolution had to do for one image. */
export interface ConvolutionWork {
  /** Channels that dropout left alive. */
  readonly liveChannels: number;
  /** Pooling windows, over all channels, whose winner has a gradient. */
  readonly winners: number;
  /** Of the taps of the pooling windows, those not left out as background, 0..1. */
  readonly foreground: number;
}

/** What a layer had to do for one image, where it may skip some. */
export interface LayerWork {
  readonly convolution?: ConvolutionWork;
  /** Tokens that attention attends apart from each other. */
  readonly distinctTokens?: number;
}

/** Multiply-adds of a kernel call for one image. */
export interface CallWork {
  /** What the layer's formula takes in a layout that skips nothing. */
  readonly dense: number;
  /** What the kernel does; undefined where that is not counted. */
  readonly executed?: number;
}

/**
 * Multiply-adds of a kernel call; undefined where a call does not consist of them.
 *
 * @param kernel name of its opcode
 * @param node of the graph that it belongs to
 * @param work of the node's layer on the image that was measured
 */
export function callWork(
  graph: Graph,
  kernel: string,
  node: Node,
  work: LayerWork = {},
): CallWork | undefined {
  if (isConvolution(node)) return convolutionWork(graph, kernel, node, work.convolution);
  if (isOp(node, "linear")) return linearWork(graph, kernel, node);
  if (isOp(node, "scaledDotProductAttention")) {
    return attentionWork(kernel, node, work.distinctTokens);
  }
  return undefined;
}

/** Multiply-adds of one image's way forward through convolutions and linear layers, nothing skipped. */
export function layerWork(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + (callWork(graph, "Forward", node)?.dense ?? 0), 0);
}

function convolutionWork(
  graph: Graph,
  kernel: string,
  node: Convolution,
  work: ConvolutionWork | undefined,
): CallWork | undefined {
  const [inChannels] = graph.nodes[node.inputs[0]!]!.shape;
  const { kernelSize, outChannels } = node.attributes;
  const rowLength = kernelSize * inChannels!;
  const taps = kernelSize * rowLength;
  // A layout that skips nothing appends the coordinates to the input.
  const appended = isOp(node, "coordConv2d") ? coordinateChannels : 0;
  const dense = kernelSize ** 2 * (inChannels! + appended) * sizeOf(node.shape);
  const isFused = kernel.includes("ConvPool");
  if (kernel === "WinogradConvPoolForward") {
    return { dense, executed: winogradWork(inChannels!, node, work) };
  }
  if (kernel.endsWith("Forward")) {
    const channels = padded(work?.liveChannels ?? outChannels);
    const every = channels * taps * placesOf(node.shape, isFused);
    return { dense, executed: every * (work?.foreground ?? 1) };
  }
  if (!kernel.endsWith("Backward")) return undefined;
  // Weights always, the input where there is something to learn before this layer.
  const gradients = hasParameters(graph, node.inputs[0]!) ? 2 : 1;
  const executed =
    work && isFused ? gradients * work.winners * kernelSize * padded(rowLength) : undefined;
  return { dense: gradients * dense, executed };
}

/** Products of transformed tiles; the transforms are additions for the most part and not counted. */
function winogradWork(
  inChannels: number,
  node: Convolution,
  work: ConvolutionWork | undefined,
): number {
  const [outChannels, rows, columns] = node.shape;
  const channels = work?.liveChannels ?? outChannels!;
  const tiles = padded(Math.ceil((rows! >> 1) / 2) * Math.ceil((columns! >> 1) / 2));
  return winogradPoints * tiles * paddedChannels(inChannels) * channels;
}

/** Places of a map; pooled in windows of 2×2, an odd last row and column is not computed. */
function placesOf([, rows, columns]: Shape, isPooled: boolean): number {
  if (!isPooled) return rows! * columns!;
  return 4 * (rows! >> 1) * (columns! >> 1);
}

function linearWork(graph: Graph, kernel: string, node: Node<"linear">): CallWork | undefined {
  if (isSwallowed(graph, node)) return undefined;
  const isForward = kernel.endsWith("Forward");
  if (!isForward && !kernel.endsWith("Backward")) return undefined;
  const products = !isForward && hasParameters(graph, node.inputs[0]!) ? 2 : 1;
  const [features] = graph.nodes[node.inputs[0]!]!.shape;
  const inner = features! * sizeOf(node.shape);
  const outer = secondMap(graph, node);
  if (outer === undefined) return { dense: products * inner };
  const both = inner + node.shape[0]! * sizeOf(outer.shape);
  return { dense: products * both, executed: products * features! * sizeOf(outer.shape) };
}

/** The affine map that is one with this one. */
function secondMap(graph: Graph, node: Node): Node | undefined {
  const fused = fuseLinearLinear(graph, node, new Set());
  return fused && graph.nodes[fused.step.output];
}

function isSwallowed(graph: Graph, node: Node<"linear">): boolean {
  const inner = graph.nodes[node.inputs[0]!]!;
  return isOp(inner, "linear") && !isSwallowed(graph, inner) && secondMap(graph, inner) === node;
}

function attentionWork(kernel: string, node: Node, distinctTokens?: number): CallWork | undefined {
  const [channels, rows, columns] = node.shape;
  const places = rows! * columns!;
  const distinct = distinctTokens ?? places;
  const dense = places ** 2 * channels!;
  const done = distinct ** 2 * channels!;
  const { forward, backward } = attentionProducts;
  if (kernel === "AttentionForward") return { dense: forward * dense, executed: forward * done };
  if (kernel !== "AttentionBackward") return undefined;
  const executed = (backward + repeatedShare(node, distinct)) * done;
  return { dense: backward * dense, executed };
}

/** The share of the queries whose scores, one product, backward computes again. */
function repeatedShare({ shape, attributes }: Node, distinct: number): number {
  const [, rows, columns] = shape;
  const { heads } = attributes as AttentionAttributes;
  const queries = heads * paddedTokens(distinct);
  return 1 - Math.min(1, keptQueries(rows! * columns!, heads) / queries);
}

function padded(count: number): number {
  return Math.ceil(count / lanes) * lanes;
}

/** Whether a node or one that it is computed from has parameters. */
function hasParameters(graph: Graph, id: number): boolean {
  const node = graph.nodes[id]!;
  return node.parameters.length > 0 || node.inputs.some((input) => hasParameters(graph, input));
}

type Convolution = Node<"conv2d"> | Node<"coordConv2d">;

function isConvolution(node: Node): node is Convolution {
  return isOp(node, "conv2d") || isOp(node, "coordConv2d");
}

/** The one reader of a node, if it is of this op. */
function readerOf<Op extends OpName>(graph: Graph, node: Node, op: Op): Node<Op> | undefined {
  const readers = graph.nodes.filter((reader) => reader.inputs.includes(node.id));
  const [reader] = readers;
  return readers.length === 1 && reader && isOp(reader, op) ? reader : undefined;
}

/** A convolution and what is fused with it. */
export interface FusedConvolution {
  readonly convolution: Convolution;
  readonly dropout: Node<"dropout2d"> | undefined;
  /** Its value and its gradient are those of the windows' winners. */
  readonly relu: Node<"relu">;
}

/** The convolutions of a graph that are fused with 2×2 max-pooling and ReLU. */
export function fusedConvolutions(graph: Graph): FusedConvolution[] {
  return graph.nodes.flatMap((node) => {
    if (!isConvolution(node)) return [];
    const dropout = readerOf(graph, node, "dropout2d");
    const pool = readerOf(graph, dropout ?? node, "maxPool2d");
    const relu = pool && readerOf(graph, pool, "relu");
    if (!relu || pool.attributes.kernelSize !== 2) return [];
    return [{ convolution: node, dropout, relu }];
  });
}

/** How many channels of a layer dropout keeps in the image at a place of the batch. */
export function countLiveChannels(
  { convolution, dropout }: FusedConvolution,
  at: { readonly seed: number; readonly step: number; readonly slot: number },
): number {
  const { outChannels } = convolution.attributes;
  if (!dropout) return outChannels;
  const key = { seed: at.seed, stream: dropout.id, step: at.step };
  const threshold = dropThreshold(dropout.attributes.p);
  let live = 0;
  for (let channel = 0; channel < outChannels; channel++) {
    if (randomBits(key, at.slot * outChannels + channel) >= threshold) live++;
  }
  return live;
}

/**
 * The share of the pooling windows' taps that a convolution computes where it leaves out background: of
 * each window those that see more. The kernel, which takes two windows at a time for the last channels where
 * they are 3 or 4 more than eights, computes at least these. 1 where it leaves out none.
 */
export function foregroundShare(
  graph: Graph,
  { convolution }: FusedConvolution,
  valuesOf: (node: number) => Float32Array,
): number {
  const source = backgroundSource(graph, convolution);
  if (source === undefined) return 1;
  const input = graph.nodes[convolution.inputs[0]!]!;
  const [, rows, columns] = input.shape;
  const [image, [background]] = [valuesOf(input.id), valuesOf(source)];
  const { kernelSize } = convolution.attributes;
  const taps = range(kernelSize);
  const isForeground = (row: number, column: number) =>
    image[row * columns! + column] !== background;
  // A tap of a window sees 2×2 pixels.
  const sees = (row: number, column: number) =>
    [row, row + 1].some((r) => isForeground(r, column) || isForeground(r, column + 1));
  const starts = {
    rows: windowStarts(rows!, kernelSize + 1),
    columns: windowStarts(columns!, kernelSize + 1),
  };
  const seen = starts.rows.flatMap((row) =>
    starts.columns.map(
      (column) => taps.flatMap((r) => taps.filter((c) => sees(row + r, column + c))).length,
    ),
  );
  const sum = seen.reduce((total, count) => total + count, 0);
  return sum / (seen.length * kernelSize ** 2);
}

/** Where the windows of 2×2 pooling begin to see one side of a convolution's input. */
function windowStarts(side: number, patch: number): number[] {
  return range((side - patch + 2) >> 1).map((at) => 2 * at);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}

/**
 * How many tokens the attention kernels attend apart from each other: those that are equal to the first one whose
 * successor equals it, in all of the given maps [channel, place], are one.
 */
export function countDistinctTokens(maps: readonly Float32Array[], places: number): number {
  const areEqual = (a: number, b: number) =>
    maps.every((map) => {
      for (let at = 0; at < map.length; at += places) {
        if (!Object.is(map[at + a], map[at + b])) return false;
      }
      return true;
    });
  const common = range(places - 1).find((place) => areEqual(place, place + 1));
  if (common === undefined) return places;
  return 1 + range(places).filter((place) => !areEqual(common, place)).length;
}

/** How many windows have a winner with a gradient. */
export function countWinners(values: Float32Array, gradients: Float32Array): number {
  let winners = 0;
  for (let at = 0; at < values.length; at++) {
    if (values[at]! > 0 && gradients[at] !== 0) winners++;
  }
  return winners;
}
