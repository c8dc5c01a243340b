import { type Graph, type Node, type Shape, sizeOf } from "../../graph/graph.js";
import { pairOf } from "../../graph/ops/attributes.js";
import { coordWeights } from "../../graph/ops/convolution/coordinates.js";
import { packedConvSize } from "../../graph/ops/convolution/dense.js";
import {
  type ConvAxis,
  type ConvGeometry,
  convGeometry,
  isDense,
  isUnpadded,
  paddedLength,
} from "../../graph/ops/convolution/geometry.js";
import { emitPadded, paddingMargins } from "../../graph/ops/convolution/padded-map.js";
import { emitLiveChannels } from "../../graph/ops/dropout2d.js";
import type { NodeOf } from "../../graph/ops/index.js";
import type { KernelContext, Pointer } from "../../graph/ops/op.js";
import { mapShape } from "../../graph/ops/shapes.js";
import { type SeenImage, type StepFacts, work } from "../../graph/ops/work.js";
import { roundUp } from "../parameter-layout.js";
import { coordTableLength, coordTableStride, emitCoordTable } from "./coord-table.js";
import { defineFusion } from "./fusion.js";
import { isOp, readersOf, whyNeeded } from "./matching.js";
import {
  paddedChannels,
  winogradPackedSize,
  winogradPoints,
  winogradScratchSize,
} from "./winograd-sizes.js";

interface FusedAttributes {
  readonly geometry: ConvGeometry;
  /** Side of the square kernel. */
  readonly kernelSize: number;
  readonly outChannels: number;
  readonly hasBias: boolean;
  /** Whether row and column are two more channels of the input. */
  readonly coordinates: boolean;
  /** Whether there is a second input: its first value is the background of the first input. */
  readonly hasBackground: boolean;
  /** Drop probability of the dropout2d between convolution and pooling; 0 where there is none. */
  readonly p: number;
  /** Random stream of that dropout2d. */
  readonly dropoutStream: number;
}

/** How much there is to compute for one image. */
export interface ConvolutionWork {
  /** Channels that dropout did not drop. */
  readonly liveChannels: number;
  /** Pooling windows, over all channels, whose maximum has a gradient. */
  readonly maxima: number;
  /** Share of the pooling windows' taps that see foreground, so that they are computed, 0..1. */
  readonly foreground: number;
}

/**
 * conv2d or coordConv2d → maxPool2d(2), relu and perhaps dropout2d, in any order, in one step. All three keep the order
 * of values, so that their own order changes nothing.
 *
 * The kernel stores the maximum of each window and its offset, so that backward visits only positions that have a
 * gradient. It computes only the channels that dropout2d did not drop. The result is that of the single ops, as
 * scaling by 1 / (1 − p) > 0 does not change which value is the maximum. Where values of a window are equal but for
 * rounding, another one than the first may be the maximum.
 */
export const convPoolRelu = defineFusion<FusedAttributes>({
  name: "convPoolRelu",
  why: "backward visits only the windows' maxima, dropped channels are not computed, and no map before pooling is stored",
  match(graph, conv, kept) {
    if (!isOp(conv, "conv2d") && !isOp(conv, "coordConv2d")) return undefined;
    const geometry = convGeometry(conv.op, graph.nodes[conv.inputs[0]!]!.shape, conv.attributes);
    const tail = pooledTail(graph, conv, kept);
    if (tail === undefined || typeof tail === "string") return tail;
    const unfit = whyUnfit(geometry, conv.op === "coordConv2d");
    if (unfit !== undefined) return unfit;
    const image = backgroundSource(graph, conv.inputs[0]!, geometry);
    return {
      nodes: [conv, ...tail.nodes],
      inputs: image === undefined ? conv.inputs : [conv.inputs[0]!, image],
      attributes: {
        geometry,
        kernelSize: geometry.rows.kernel,
        outChannels: geometry.outChannels,
        hasBias: conv.attributes.bias,
        coordinates: conv.op === "coordConv2d",
        hasBackground: image !== undefined,
        p: tail.dropout?.attributes.p ?? 0,
        dropoutStream: tail.dropout?.id ?? 0,
      },
    };
  },
  emitForward(k) {
    if (suitsWinograd(k)) emitWinograd(k);
    else emitDirect(k);
  },
  emitBackward,
  work: work<FusedAttributes, ConvolutionWork>({
    measure: (step, image) => ({
      liveChannels: countLiveChannels(step, image),
      maxima: countMaxima(image.output(), image.outputGradient()),
      foreground: step.attributes.hasBackground ? foregroundShare(step, image) : 1,
    }),
    forward: {
      ConvPoolForward({ attributes, inputShapes, shape }, measured) {
        const { outChannels, kernelSize } = attributes;
        const taps = kernelSize ** 2 * inputShapes[0]![0]!;
        const channels = measured?.liveChannels ?? outChannels;
        // A pooled value is the maximum of 4.
        const every = packedConvSize(channels, taps) * 4 * sizeOf(shape.slice(1));
        return every * (measured?.foreground ?? 1);
      },
      // Products of transformed tiles. The transforms are mostly additions and not counted.
      WinogradConvPoolForward({ attributes, inputShapes, shape }, measured) {
        const tiles = roundUp(winogradTiles(shape), 4);
        const channels = measured?.liveChannels ?? attributes.outChannels;
        return winogradPoints * tiles * paddedChannels(inputShapes[0]![0]!) * channels;
      },
    },
    backward: {
      ConvPoolBackward({ attributes, inputShapes, hasInputGradient }, measured) {
        if (measured === undefined) return undefined;
        const { kernelSize } = attributes;
        const perMaximum = kernelSize * roundUp(kernelSize * inputShapes[0]![0]!, 4);
        return (hasInputGradient ? 2 : 1) * measured.maxima * perMaximum;
      },
    },
  }),
});

/**
 * Why the kernels cannot compute the convolution, in a few words; undefined where they can: the kernel is square and
 * moves position by position. What coordinates add must not depend on padding.
 */
function whyUnfit(
  { rows, columns, groups }: ConvGeometry,
  coordinates: boolean,
): string | undefined {
  const axes = [rows, columns];
  if (groups !== 1) return `${groups} groups`;
  if (rows.kernel !== columns.kernel) return `kernel of ${rows.kernel}×${columns.kernel}`;
  if (!axes.every(isDense)) return "stride or dilation of more than 1";
  if (coordinates && !axes.every(isUnpadded)) return "coordinates with padding";
  return undefined;
}

/** The ops that may follow a convolution in one step. */
const tailOps = ["relu", "dropout2d", "maxPool2d"];

/**
 * The pooling, ReLU and perhaps dropout that follow a convolution; undefined where one of the first two is missing, and
 * the reason where both are there and cannot be fused.
 */
function pooledTail(
  graph: Graph,
  conv: Node,
  kept: ReadonlySet<number>,
): { nodes: readonly Node[]; dropout: NodeOf<"dropout2d"> | undefined } | string | undefined {
  const found = new Map<string, Node>();
  let last = conv;
  let blocked: string | undefined;
  while (found.size < tailOps.length) {
    const next = readersOf(graph, last).find(({ op }) => tailOps.includes(op));
    if (next === undefined || found.has(next.op)) break;
    const reason = whyNeeded(graph, last, kept) ?? whyNotPooled(next);
    // Dropout, or a second part of the tail, that cannot be taken ends a tail that is complete without it.
    if (reason !== undefined && found.has("relu") && found.has("maxPool2d")) break;
    blocked ??= reason;
    found.set(next.op, next);
    last = next;
  }
  if (!found.has("relu") || !found.has("maxPool2d")) return undefined;
  if (blocked !== undefined) return blocked;
  const dropout = found.get("dropout2d");
  return { nodes: [...found.values()], dropout: isOp(dropout, "dropout2d") ? dropout : undefined };
}

/** Why the kernels cannot pool so, in a few words; undefined for another op and for windows of 2×2, side by side. */
function whyNotPooled(node: Node): string | undefined {
  if (!isOp(node, "maxPool2d")) return undefined;
  const { kernelSize, stride, padding } = node.attributes;
  const [rows, columns] = pairOf(kernelSize);
  if (kernelSize !== 2) return `pool of ${rows}×${columns}`;
  if (stride !== undefined) return `pool with stride ${pairOf(stride).join("×")}`;
  return padding === undefined ? undefined : "pool with padding";
}

/** How many channels dropout did not drop. */
function countLiveChannels(
  { attributes: { outChannels, p, dropoutStream } }: StepFacts<FusedAttributes>,
  image: SeenImage,
): number {
  const dropout = { stream: dropoutStream, units: outChannels, p };
  return range(outChannels).filter((channel) => p === 0 || image.keeps(channel, dropout)).length;
}

/** How many windows' maxima have a gradient. */
function countMaxima(values: Float32Array, gradients: Float32Array): number {
  return range(values.length).filter((at) => values[at]! > 0 && gradients[at] !== 0).length;
}

/**
 * The share of the pooling windows' taps that see foreground. The kernel computes at least these; a last block of 3
 * or 4 channels takes two windows at a time, with the taps that either needs.
 */
function foregroundShare(
  { attributes: { kernelSize, geometry } }: StepFacts<FusedAttributes>,
  seen: SeenImage,
): number {
  const { rows, columns } = geometry;
  const [image, [background]] = [seen.input(0), seen.input(1)];
  const taps = range(kernelSize);
  const isInside = (at: number, { input }: ConvAxis) => at >= 0 && at < input;
  const pixel = (row: number, column: number) =>
    isInside(row, rows) && isInside(column, columns) ? image[row * columns.input + column] : 0;
  const isForeground = (row: number, column: number) =>
    pixel(row - rows.before, column - columns.before) !== background;
  // A tap of a window sees 2×2 pixels.
  const sees = (row: number, column: number) =>
    [row, row + 1].some((r) => isForeground(r, column) || isForeground(r, column + 1));
  const counts = windowStarts(rows).flatMap((row) =>
    windowStarts(columns).map(
      (column) => taps.flatMap((r) => taps.filter((c) => sees(row + r, column + c))).length,
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0) / (counts.length * kernelSize ** 2);
}

/** First row (or column) of the padded input that each window of 2×2 pooling sees. */
function windowStarts({ output }: ConvAxis): number[] {
  return range(output >> 1).map((at) => 2 * at);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}

/** Rows and columns of padded images whose background the kernel can skip: a row's mask has 64 bits. */
const MASKED = { least: 16, most: 64 };
/** Rows and columns of kernels whose taps it can skip: a window's mask has 64 bits. */
const MASKED_KERNEL = { least: 2, most: 8 };

/**
 * The id of the image whose first pixel is the background that a convolution skips: it reads that image, or a
 * `gridSample` of it. Undefined where it skips none.
 */
function backgroundSource(
  graph: Graph,
  source: number,
  { rows, columns, inChannels }: ConvGeometry,
): number | undefined {
  const [height, width] = [paddedLength(rows), paddedLength(columns)];
  const fits = height <= MASKED.most && width >= MASKED.least && width <= MASKED.most;
  const kernelFits = rows.kernel >= MASKED_KERNEL.least && rows.kernel <= MASKED_KERNEL.most;
  if (inChannels !== 1 || !fits || !kernelFits) return undefined;
  const input = graph.nodes[source]!;
  const sampled = isOp(input, "gridSample") ? graph.nodes[input.inputs[0]!] : input;
  return isOp(sampled, "input") ? sampled.id : undefined;
}

/** The map that the kernels read, with its padding. */
function paddedInput(k: KernelContext<FusedAttributes>) {
  const { rows, columns, inChannels } = k.attributes.geometry;
  const map = { at: k.input(0), rows: rows.input, columns: columns.input, channels: inChannels };
  const x = emitPadded(k, "padded", map, paddingMargins(k.attributes.geometry));
  return { x: x.at, inRows: x.rows, inColumns: x.columns, inChannels };
}

/** The bias; zeros where there is none, as the kernels add one. */
function biasOf(k: KernelContext<FusedAttributes>): Pointer {
  if (k.attributes.hasBias) return k.parameter(1);
  const to = k.scratch("noBias", k.attributes.outChannels);
  k.prologue("Zero", { to, bytes: 4 * k.attributes.outChannels });
  return to;
}

function dropsChannels(k: KernelContext<FusedAttributes>): boolean {
  return k.training && k.attributes.p > 0;
}

/** Values of memory for the offsets of the maxima: one byte each, so four in a value. */
function argmaxSize(k: KernelContext<FusedAttributes>): number {
  const [channels, rows, columns] = mapShape("conv2d", k.shape);
  return Math.ceil((channels * rows * columns) / 4);
}

function emitDirect(k: KernelContext<FusedAttributes>): void {
  k.call("ConvPoolForward", { ...emitDirectWords(k, emitWords(k)), ...background(k) });
}

/** What all kernels of forward read and write. */
function emitWords(k: KernelContext<FusedAttributes>) {
  const { outChannels, p, dropoutStream } = k.attributes;
  return {
    ...paddedInput(k),
    ...{ outChannels, bias: biasOf(k), y: k.output(), argmax: argmax(k), scale: scale(k) },
    /** The list of the channels that dropout did not drop; 0 where it drops none. */
    live: dropsChannels(k) ? emitLiveChannels(k, outChannels, dropoutStream, p) : 0,
  };
}

type Words = ReturnType<typeof emitWords>;

/** What the kernels of the direct sum read and write. */
function emitDirectWords(k: KernelContext<FusedAttributes>, words: Words) {
  const { inChannels, live } = words;
  const { kernelSize } = k.attributes;
  const packed = emitPacking(k, "packed", k.parameter(0), live, {
    rows: kernelSize,
    rowLength: kernelSize * inChannels,
    rowStride: k.rowStride(0),
  });
  const table = k.attributes.coordinates ? emitPackedTable(k, live) : 0;
  return { ...words, packed, table, kernel: kernelSize };
}

/** Tiles of 2×2 windows. Windows of an odd last row or column are in tiles that overlap those before. */
function tilesOf(shape: Shape): { readonly down: number; readonly across: number } {
  const [, rows, columns] = mapShape("conv2d", shape);
  return { down: Math.ceil(rows / 2), across: Math.ceil(columns / 2) };
}

/** Tiles that Winograd's method computes: four at once. A last one by itself takes longer than the direct sum. */
function winogradTiles(shape: Shape): number {
  const { down, across } = tilesOf(shape);
  const all = down * across;
  return all % 4 === 1 ? all - 1 : all;
}

/** Whether more than one tile of 4×4 positions fits, and enough channels make their transforms pay. */
function suitsWinograd(k: KernelContext<FusedAttributes>): boolean {
  const [inChannels] = mapShape("conv2d", k.inputShapes[0]);
  const [, rows, columns] = mapShape("conv2d", k.shape);
  const hasTiles = rows >= 2 && columns >= 2 && winogradTiles(k.shape) > 0;
  return k.attributes.kernelSize === 5 && inChannels >= 4 && hasTiles;
}

function emitWinograd(k: KernelContext<FusedAttributes>): void {
  const words = emitWords(k);
  const { inChannels, outChannels } = words;
  const packed = k.scratch("transformed", winogradPackedSize(inChannels, outChannels));
  const scratch = k.scratch("tiles", winogradScratchSize(inChannels, outChannels));
  const weight = { weight: k.parameter(0), rowStride: k.rowStride(0) };
  k.prologue("WinogradPack", { packed, ...weight, scratch, outChannels, inChannels });
  const table = k.attributes.coordinates ? emitCoordTable(k, k.attributes.geometry) : 0;
  const tileCount = winogradTiles(k.shape);
  k.call("WinogradConvPoolForward", { ...words, packed, table, scratch, tileCount });
  const { down, across } = tilesOf(k.shape);
  if (tileCount === down * across) return;
  const corner = { firstRow: 2 * (down - 1), firstColumn: 2 * (across - 1) };
  k.call("ConvPoolCorner", { ...emitDirectWords(k, words), ...corner });
}

/** Memory for what the kernel finds of the background, and the pixel that is background: see kernels/background.ts. */
function background(k: KernelContext<FusedAttributes>) {
  if (!k.attributes.hasBackground) return { background: 0, backgroundPixel: 0 };
  const { rows, columns } = k.attributes.geometry;
  const [height, width] = [paddedLength(rows), paddedLength(columns)];
  const taps = k.attributes.kernelSize ** 2;
  const windows = windowStarts(rows).length * windowStarts(columns).length;
  const lists = taps + (taps + 1) + 1 + 6 * windows;
  const memory = k.scratch("background", height * width + 2 * height + lists);
  return { background: memory, backgroundPixel: k.input(1) };
}

/** What coordinate channels add to the live channels, packed as weights are. */
function emitPackedTable(k: KernelContext<FusedAttributes>, live: Pointer): Pointer {
  const { geometry } = k.attributes;
  const table = emitCoordTable(k, geometry);
  const [rowLength, rowStride] = [coordTableLength(geometry), coordTableStride(geometry)];
  return emitPacking(k, "packedTable", table, live, { rows: 1, rowLength, rowStride });
}

/** Rows of each channel, and values from one row to the next. */
interface ChannelRows {
  readonly rows: number;
  readonly rowLength: number;
  readonly rowStride: number;
}

/** Packs all channels once per step, or for each image the channels that dropout did not drop. */
function emitPacking(
  k: KernelContext<FusedAttributes>,
  name: string,
  weight: Pointer,
  live: Pointer,
  { rows, rowLength, rowStride }: ChannelRows,
): Pointer {
  const { outChannels } = k.attributes;
  const packed = k.scratch(name, packedConvSize(outChannels, rows * rowLength));
  const words = { packed, weight, live, outChannels, kernel: rows, rowLength, rowStride };
  if (live) k.call("ConvPack", words);
  else k.prologue("ConvPack", words);
  return packed;
}

function emitBackward(k: KernelContext<FusedAttributes>): void {
  const { x, ...map } = paddedInput(k);
  const { outChannels, kernelSize, coordinates, geometry, hasBias } = k.attributes;
  const visits = k.scratch("visits", gradientListSize(k.shape));
  const sizes = { ...map, outChannels, kernel: kernelSize };
  k.prologue("ConvPoolVisits", { visits, ...sizes });
  const inputGradient = paddedGradient(k, map);
  k.call("ConvPoolBackward", {
    visits,
    x,
    gy: k.outputGradient(),
    argmax: argmax(k),
    weight: k.parameter(0),
    gWeight: k.parameterGradient(0),
    gBias: hasBias ? k.parameterGradient(1) : k.scratch("noBiasGradient", outChannels),
    gx: inputGradient,
    gCoords: coordinates ? coordWeights(k, k.parameterGradient(0), geometry) : 0,
    lists: k.scratch("lists", 12 + 4 * gradientListSize(k.shape)),
    ...sizes,
    rowStride: k.rowStride(0),
    scale: scale(k),
  });
  const gx = k.inputGradient(0);
  if (inputGradient === gx) return;
  const { rows, columns, inChannels: channels } = geometry;
  k.call("AddUnpadded", {
    ...{ x: gx, from: inputGradient, rows: rows.input, columns: columns.input, channels },
    ...{ fromColumns: map.inColumns, top: rows.before, left: columns.before },
  });
}

/** Memory for the gradient with respect to the padded map, cleared for each image; that of the map if it is not padded. */
function paddedGradient(
  k: KernelContext<FusedAttributes>,
  { inRows, inColumns, inChannels }: { inRows: number; inColumns: number; inChannels: number },
): Pointer {
  const { rows, columns } = k.attributes.geometry;
  const gx = k.inputGradient(0);
  if (gx === 0 || (isUnpadded(rows) && isUnpadded(columns))) return gx;
  const size = inRows * inColumns * inChannels;
  const to = k.scratch("paddedGradient", size);
  k.call("Zero", { to, bytes: 4 * size });
  return to;
}

/** Values of the list of a channel's gradients: two per position. */
function gradientListSize([, rows = 1, columns = 1]: readonly number[]): number {
  return 2 * rows * columns;
}

/** Memory for the offsets of the maxima, which only backward reads; 0 where there is none. */
function argmax(k: KernelContext<FusedAttributes>): Pointer {
  if (!k.differentiates) return 0;
  return k.saved("argmax", argmaxSize(k));
}

/** The factor of the channels that are not dropped. */
function scale(k: KernelContext<FusedAttributes>): number {
  return dropsChannels(k) ? 1 / (1 - k.attributes.p) : 1;
}
