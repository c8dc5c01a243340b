import type { KernelContext, Pointer } from "../op.js";
import type { ConvCall } from "./call.js";
import type { ConvGeometry } from "./geometry.js";
import type { MapInMemory } from "./padded-map.js";

const BYTES = 4;
/** Words of a run in the table of kernels/dense-conv.ts. */
const RUN_WORDS = 2;

/** Where taps lie: the first one, and the distance from one row or column of taps to the next. In values. */
interface TapPlaces {
  readonly first: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** The taps of each position's sum. */
export interface TapGrid {
  readonly rows: number;
  readonly columns: number;
  /** In the map, from the position's corner. */
  readonly map: TapPlaces;
  /** In the kernel of an output channel. */
  readonly weight: TapPlaces;
  /** Channels that a tap reads. */
  readonly channels: number;
}

/** The taps of a convolution. */
export function tapsOf({ geometry, x, rowStride }: ConvCall): TapGrid {
  const { rows, columns, inChannels, groups } = geometry;
  const channels = inChannels / groups;
  return {
    rows: rows.kernel,
    columns: columns.kernel,
    map: {
      first: 0,
      rowStep: rows.dilation * x.columns * x.channels,
      columnStep: columns.dilation * x.channels,
    },
    weight: { first: 0, rowStep: rowStride, columnStep: channels },
    channels,
  };
}

/** Inputs of one position that lie side by side, and the table that says where. */
export interface Runs {
  readonly runs: Pointer;
  readonly runCount: number;
  readonly runLength: number;
}

/**
 * Lets each thread write the table of runs once per step: a run for each row of taps where they lie side by side, else
 * one for each tap.
 */
export function emitRuns<A>(k: KernelContext<A>, name: string, taps: TapGrid): Runs {
  const { rows, map, weight, channels } = taps;
  const isContiguous = taps.columns === 1 || map.columnStep === channels;
  const columns = isContiguous ? 1 : taps.columns;
  const runCount = rows * columns;
  const runs = k.scratch(name, RUN_WORDS * runCount);
  k.prologue("ConvRuns", {
    ...{ runs, rows, columns },
    ...{ first: map.first * BYTES, weightFirst: weight.first * BYTES },
    ...{ rowStep: map.rowStep * BYTES, columnStep: map.columnStep * BYTES },
    ...{ weightRowStep: weight.rowStep * BYTES, weightColumnStep: weight.columnStep * BYTES },
  });
  return { runs, runCount, runLength: isContiguous ? taps.columns * channels : channels };
}

/** Positions of a result, and bytes of the map from one to the next. */
export interface Positions {
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Where results go: values before the first position, from one position to the next, and from one row to the next. */
export interface Places {
  readonly first: number;
  readonly pixel: number;
  readonly line: number;
}

/** The positions of a convolution's result. */
export function positionsOf(geometry: ConvGeometry, x: MapInMemory): Positions {
  const { rows, columns } = geometry;
  const rowStep = rows.stride * x.columns * x.channels * BYTES;
  const columnStep = columns.stride * x.channels * BYTES;
  const positions = { rows: rows.output, columns: columns.output, rowStep, columnStep };
  return joinRows(positions, placesOf(geometry));
}

/** The places of a convolution's result: one after the other. */
export function placesOf({ columns, outChannels }: ConvGeometry): Places {
  return { first: 0, pixel: outChannels, line: columns.output * outChannels };
}

/** Rows without a gap between them become one: fewer positions are left over at a row's end. */
export function joinRows(positions: Positions, { pixel, line }: Places): Positions {
  const { rows, columns, rowStep, columnStep } = positions;
  const isOneRow = rowStep === columns * columnStep && line === columns * pixel;
  return isOneRow ? { ...positions, rows: 1, columns: rows * columns } : positions;
}
