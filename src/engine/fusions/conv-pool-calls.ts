import { coordWeights } from "../../graph/ops/convolution/coordinates.js";
import { packedConvSize } from "../../graph/ops/convolution/dense.js";
import {
  type ConvGeometry,
  isUnpadded,
  paddedLength,
} from "../../graph/ops/convolution/geometry.js";
import { emitPadded, paddingMargins } from "../../graph/ops/convolution/padded-map.js";
import { emitLiveChannels } from "../../graph/ops/dropout2d.js";
import type { KernelContext, Pointer } from "../../graph/ops/op.js";
import { mapShape } from "../../graph/ops/shapes.js";
import { tilesOf, windowStarts, winogradTiles } from "./conv-pool-tiles.js";
import { coordTableLength, coordTableStride, emitCoordTable } from "./coord-table.js";
import { winogradPackedSize, winogradScratchSize } from "./winograd-sizes.js";

/** What the kernels of convolution, pooling and ReLU in one step need to know. */
export interface ConvPoolAttributes {
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

/** Writes the calls of forward: by Winograd's transforms where these pay, else directly. */
export function emitConvPoolForward(k: KernelContext<ConvPoolAttributes>): void {
  if (suitsWinograd(k)) emitWinograd(k);
  else emitDirect(k);
}

/** The map that the kernels read, with its padding. */
function paddedInput(k: KernelContext<ConvPoolAttributes>) {
  const { rows, columns, inChannels } = k.attributes.geometry;
  const map = { at: k.input(0), rows: rows.input, columns: columns.input, channels: inChannels };
  const x = emitPadded(k, "padded", map, paddingMargins(k.attributes.geometry));
  return { x: x.at, inRows: x.rows, inColumns: x.columns, inChannels };
}

/** The bias; zeros where there is none, as the kernels add one. */
function biasOf(k: KernelContext<ConvPoolAttributes>): Pointer {
  if (k.attributes.hasBias) return k.parameter(1);
  const to = k.scratch("noBias", k.attributes.outChannels);
  k.prologue("Zero", { to, bytes: 4 * k.attributes.outChannels });
  return to;
}

function dropsChannels(k: KernelContext<ConvPoolAttributes>): boolean {
  return k.training && k.attributes.p > 0;
}

/** Values of memory for the offsets of the maxima: one byte each, so four in a value. */
function argmaxSize(k: KernelContext<ConvPoolAttributes>): number {
  const [channels, rows, columns] = mapShape("conv2d", k.shape);
  return Math.ceil((channels * rows * columns) / 4);
}

function emitDirect(k: KernelContext<ConvPoolAttributes>): void {
  k.call("ConvPoolForward", { ...emitDirectWords(k, emitWords(k)), ...background(k) });
}

/** What all kernels of forward read and write. */
function emitWords(k: KernelContext<ConvPoolAttributes>) {
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
function emitDirectWords(k: KernelContext<ConvPoolAttributes>, words: Words) {
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

/** Whether more than one tile of 4×4 positions fits, and enough channels make their transforms pay. */
function suitsWinograd(k: KernelContext<ConvPoolAttributes>): boolean {
  const [inChannels] = mapShape("conv2d", k.inputShapes[0]);
  const [, rows, columns] = mapShape("conv2d", k.shape);
  const hasTiles = rows >= 2 && columns >= 2 && winogradTiles(k.shape) > 0;
  return k.attributes.kernelSize === 5 && inChannels >= 4 && hasTiles;
}

function emitWinograd(k: KernelContext<ConvPoolAttributes>): void {
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
function background(k: KernelContext<ConvPoolAttributes>) {
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
function emitPackedTable(k: KernelContext<ConvPoolAttributes>, live: Pointer): Pointer {
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
  k: KernelContext<ConvPoolAttributes>,
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

/** Writes the calls of backward. */
export function emitConvPoolBackward(k: KernelContext<ConvPoolAttributes>): void {
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
  k: KernelContext<ConvPoolAttributes>,
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
function argmax(k: KernelContext<ConvPoolAttributes>): Pointer {
  if (!k.differentiates) return 0;
  return k.saved("argmax", argmaxSize(k));
}

/** The factor of the channels that are not dropped. */
function scale(k: KernelContext<ConvPoolAttributes>): number {
  return dropsChannels(k) ? 1 / (1 - k.attributes.p) : 1;
}
