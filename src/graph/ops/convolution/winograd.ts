import type { KernelContext, Pointer } from "../op.js";
import { type ConvCall, type ConvResult, Ending } from "./call.js";
import type { ConvAxis, ConvGeometry } from "./geometry.js";
import { gradientMargins } from "./input-gradient.js";
import { emitPadded, type MapInMemory } from "./padded-map.js";

// Sizes of kernels/winograd-conv.ts, in values.

/** Products per tile and pair of channels. */
const POINTS = 36;
/** Positions of the result per side of a tile. */
const TILE = 4;
/** Tiles whose products are computed together: memory has room for whole groups. */
const TILE_GROUP = 4;
/** Constants, and one tile before and after its first transform. */
const WORK = 24 + 2 * 4 * POINTS;
/** Values of the tiles that are computed together, before and after the products: about half a core's second cache. */
const tilesValues = 65_536;

/** Length of the padded map: whole tiles. */
export function tiledLength({ output }: ConvAxis): number {
  return TILE * Math.ceil(output / TILE) + 2;
}

export function emitWinogradForward<A>(
  k: KernelContext<A>,
  call: ConvCall,
  result: ConvResult,
): void {
  const packed = emitPacking(k, "packed", call, false);
  emitProducts(k, call.geometry, call.x, packed, result);
}

export function emitWinogradWeightGradient<A>(
  k: KernelContext<A>,
  { geometry, x, rowStride }: ConvCall,
  gy: MapInMemory,
): void {
  const { rows, columns, inChannels, outChannels } = geometry;
  const shardSums = k.summed("products", POINTS * padded(inChannels) * padded(outChannels));
  const scratch = k.scratch("tiles", scratchSize(geometry));
  k.call("WinogradConvWeightGradient", {
    ...{ x: x.at, gy: gy.at, shardSums, scratch },
    ...{ rows: rows.output, columns: columns.output, inChannels, outChannels },
    tilesAtOnce: tilesAtOnce(geometry),
  });
  const gWeight = k.parameterGradient(0);
  const sizes = { inChannels, outChannels, rowStride };
  k.epilogue("WinogradConvWeightGradientEnd", { shardSums, gWeight, scratch, ...sizes });
}

/** The same convolution of the result's padded gradient, with flipped kernels. */
export function emitWinogradInputGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
  gx: Pointer,
): void {
  const geometry = gradientGeometry(call.geometry);
  const margins = {
    ...gradientMargins(call.geometry),
    rows: tiledLength(geometry.rows),
    columns: tiledLength(geometry.columns),
  };
  const x = emitPadded(k, "paddedGradient", gy, margins);
  const packed = emitPacking(k, "flipped", call, true);
  emitProducts(k, geometry, x, packed, { bias: 0, y: gx, ending: Ending.add });
}

/** The convolution of the result's gradient that gives the input's: channels are exchanged. */
function gradientGeometry({ rows, columns, ...channels }: ConvGeometry): ConvGeometry {
  const { inChannels, outChannels, groups } = channels;
  const back = (axis: ConvAxis) => ({ ...axis, output: axis.input });
  return {
    rows: back(rows),
    columns: back(columns),
    inChannels: outChannels,
    outChannels: inChannels,
    groups,
  };
}

function emitPacking<A>(
  k: KernelContext<A>,
  name: string,
  { geometry, weight, rowStride }: ConvCall,
  flips: boolean,
): Pointer {
  const { inChannels, outChannels } = geometry;
  const size = flips ? padded(inChannels) * outChannels : padded(outChannels) * inChannels;
  const packed = k.scratch(name, POINTS * size);
  const scratch = k.scratch("packing", WORK);
  const words = { packed, weight, scratch, outChannels, inChannels, rowStride };
  k.prologue("WinogradConvPack", { ...words, flips: Number(flips) });
  return packed;
}

function emitProducts<A>(
  k: KernelContext<A>,
  geometry: ConvGeometry,
  x: MapInMemory,
  packed: Pointer,
  { bias, y, ending }: ConvResult,
): void {
  const { rows, columns, inChannels, outChannels } = geometry;
  k.call("WinogradConvForward", {
    ...{ x: x.at, packed, bias, y, scratch: k.scratch("tiles", scratchSize(geometry)) },
    ...{ rows: rows.output, columns: columns.output, inChannels, outChannels },
    ...{ tilesAtOnce: tilesAtOnce(geometry), ending },
  });
}

function padded(channels: number): number {
  return Math.ceil(channels / 4) * 4;
}

/** Values of a tile's products, on both sides. */
function tileSize({ inChannels, outChannels }: ConvGeometry): number {
  return POINTS * (padded(inChannels) + padded(outChannels));
}

/** Tiles that are computed together, at most all of them, both in forward and in backward. */
function tilesAtOnce(geometry: ConvGeometry): number {
  const tiles = ({ input, output }: ConvAxis) => Math.ceil(Math.max(input, output) / TILE);
  const all = tiles(geometry.rows) * tiles(geometry.columns);
  const most = TILE_GROUP * Math.floor(tilesValues / tileSize(geometry) / TILE_GROUP);
  return Math.max(TILE_GROUP, Math.min(TILE_GROUP * Math.ceil(all / TILE_GROUP), most));
}

/** The same for a convolution and for its gradient, which share the memory. */
function scratchSize(geometry: ConvGeometry): number {
  return WORK + tilesAtOnce(geometry) * tileSize(geometry);
}
