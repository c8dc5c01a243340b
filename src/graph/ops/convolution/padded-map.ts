import type { KernelContext, Pointer } from "../op.js";
import { type ConvAxis, type ConvGeometry, paddedLength } from "./geometry.js";

/** A map in memory: rows and columns of positions, each with all channels. */
export interface MapInMemory {
  readonly at: Pointer;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
}

/** Where a map lies in a larger one: its first position, which may be outside. */
export interface Margins {
  readonly rows: number;
  readonly columns: number;
  readonly top: number;
  readonly left: number;
}

/** Where a convolution's map lies in the padded one. @param length of an axis of the padded map */
export function paddingMargins(
  { rows, columns }: ConvGeometry,
  length: (axis: ConvAxis) => number = paddedLength,
): Margins {
  return {
    ...{ rows: length(rows), columns: length(columns) },
    ...{ top: rows.before, left: columns.before },
  };
}

/**
 * Writes the calls that copy a map into a larger one with zeros around its positions; returns the map
 * itself where it needs none. The zeros are written once per step.
 */
export function emitPadded<A>(
  k: KernelContext<A>,
  name: string,
  map: MapInMemory,
  margins: Margins,
): MapInMemory {
  if (isInPlace(map, margins)) return map;
  const { rows: toRows, columns: toColumns, ...place } = margins;
  const { at: x, rows, columns, channels } = map;
  const size = toRows * toColumns * channels;
  const to = k.scratch(name, size);
  k.prologue("Zero", { to, bytes: 4 * size });
  k.call("PadMap", { to, x, rows, columns, channels, toRows, toColumns, ...place });
  return { at: to, rows: toRows, columns: toColumns, channels };
}

function isInPlace(map: MapInMemory, margins: Margins): boolean {
  const { rows, columns, top, left } = margins;
  return rows <= map.rows && columns <= map.columns && top === 0 && left === 0;
}
