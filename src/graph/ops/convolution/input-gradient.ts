import { range } from "../../../numbers.js";
import type { KernelContext } from "../op.js";
import type { ConvCall } from "./call.js";
import type { ConvAxis, ConvGeometry } from "./geometry.js";
import { emitPadded, type MapInMemory, type Margins } from "./padded-map.js";
import { joinRows, type Places, type Positions, type TapGrid } from "./taps.js";

// The gradient of a convolution with respect to its input, along one axis with stride s, dilation d and padding p:
//
//   gx[i] = Σ w[u] · gy[(i + p − d·u) / s]   over the taps u for which that is a whole number
//
// So every s-th position has the same taps, and each of them reads the next value of gy. Such positions are the result
// of a convolution of gy with stride 1, which has no product with zeros between gy's values. A residue i mod s without
// a tap has no gradient.

const BYTES = 4;

/** Positions of the input, a stride apart, and their taps. Lengths are in positions. */
export interface Residue {
  /** First position, and number of positions. */
  readonly first: number;
  readonly count: number;
  /** Number of taps; the last one reads the first value of gy. */
  readonly taps: number;
  readonly lastTap: number;
  /** From one of the taps to the next in the kernel, and in gy. */
  readonly tapStep: number;
  readonly readStep: number;
  /** What the first position reads by the last tap: a position of gy, or one outside of it, which is 0. */
  readonly reads: number;
}

/** The residues of an axis that have taps. */
export function residuesOf(axis: ConvAxis): Residue[] {
  const { input, kernel, stride, dilation, before } = axis;
  return range(Math.min(stride, input)).flatMap((first) => {
    const reads = (tap: number) => (first + before - dilation * tap) / stride;
    const taps = range(kernel).filter((tap) => Number.isInteger(reads(tap)));
    const [lastTap, beforeLast] = [taps.at(-1), taps.at(-2)];
    if (lastTap === undefined) return [];
    const tapStep = beforeLast === undefined ? 0 : lastTap - beforeLast;
    return {
      ...{ first, count: Math.ceil((input - first) / stride) },
      ...{ taps: taps.length, lastTap, tapStep },
      ...{ readStep: (tapStep * dilation) / stride, reads: reads(lastTap) },
    };
  });
}

/** Where gy lies in the map that is convolved for the gradient with respect to the input. */
export function gradientMargins({ rows, columns }: ConvGeometry): Margins {
  const [down, across] = [spanOf(rows), spanOf(columns)];
  return {
    ...{ rows: down.length, columns: across.length },
    ...{ top: -down.first, left: -across.first },
  };
}

/** The positions of gy that an axis reads. */
function spanOf(axis: ConvAxis): { readonly first: number; readonly length: number } {
  const residues = residuesOf(axis);
  const first = Math.min(...residues.map(({ reads }) => reads));
  const ends = residues.map(
    ({ reads, count, taps, readStep }) => reads + count + (taps - 1) * readStep,
  );
  return { first, length: Math.max(...ends) - first };
}

/** The part of the gradient with respect to the input whose positions have the same taps. */
export interface GradientPart {
  /** Distinguishes it from the other parts of the convolution. */
  readonly name: string;
  readonly taps: TapGrid;
  readonly positions: Positions;
  readonly places: Places;
}

/** Writes the call that pads gy, and returns the parts that are convolutions of it. */
export function emitGradientParts<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
): { readonly x: MapInMemory; readonly parts: readonly GradientPart[] } {
  const { rows, columns } = call.geometry;
  const [down, across] = [residuesOf(rows), residuesOf(columns)];
  if (down.length === 0 || across.length === 0) return { x: gy, parts: [] };
  const margins = gradientMargins(call.geometry);
  const x = emitPadded(k, "paddedGradient", gy, margins);
  const parts = down.flatMap((row) =>
    across.map((column) => partOf(call, x, margins, row, column)),
  );
  return { x, parts };
}

function partOf(
  { geometry, rowStride }: ConvCall,
  x: MapInMemory,
  { top, left }: Margins,
  row: Residue,
  column: Residue,
): GradientPart {
  const { rows, columns, inChannels, outChannels, groups } = geometry;
  const line = x.columns * x.channels;
  const weightChannels = inChannels / groups;
  const places = {
    first: (row.first * columns.input + column.first) * inChannels,
    pixel: columns.stride * inChannels,
    line: rows.stride * columns.input * inChannels,
  };
  const steps = { rowStep: line * BYTES, columnStep: x.channels * BYTES };
  const positions = { rows: row.count, columns: column.count, ...steps };
  return {
    name: `${row.first},${column.first}`,
    taps: {
      rows: row.taps,
      columns: column.taps,
      map: {
        first: (row.reads + top) * line + (column.reads + left) * x.channels,
        rowStep: row.readStep * line,
        columnStep: column.readStep * x.channels,
      },
      weight: {
        first: row.lastTap * rowStride + column.lastTap * weightChannels,
        rowStep: -row.tapStep * rowStride,
        columnStep: -column.tapStep * weightChannels,
      },
      channels: outChannels / groups,
    },
    positions: joinRows(positions, places),
    places,
  };
}
