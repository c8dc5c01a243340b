import { InputError } from "../../errors.js";
import type { Shape } from "../graph.js";
import type { OnnxAttributes } from "../onnx.js";
import {
  type AttributeRules,
  later,
  pairOf,
  type Size2d,
  shortestSize,
  size2d,
} from "./attributes.js";
import { mapShape, showShape } from "./shapes.js";

export interface PoolAttributes {
  /** Rows and columns of a window. */
  readonly kernelSize: Size2d;
  /** Rows and columns from one window to the next. Missing: the window's size. */
  readonly stride?: Size2d;
  /** Rows and columns around the map that windows may reach into; at most half a window. Missing: 0. */
  readonly padding?: Size2d;
}

export const poolRules: AttributeRules<PoolAttributes> = {
  kernelSize: size2d(1),
  stride: later(size2d(1)),
  padding: later(size2d(0)),
};

/** Attributes of ONNX's pools. */
export function onnxPool({
  kernelSize,
  stride = kernelSize,
  padding = 0,
}: PoolAttributes): OnnxAttributes {
  const [rows, columns] = pairOf(padding);
  return {
    kernel_shape: pairOf(kernelSize),
    strides: pairOf(stride),
    pads: [rows, columns, rows, columns],
  };
}

/** The windows of a pooling: sizes of the kernels' words. */
export interface Windows {
  readonly inRows: number;
  readonly inColumns: number;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  readonly paddingRows: number;
  readonly paddingColumns: number;
}

/** The same pooling, written as briefly as possible: equal poolings have equal graphs. */
export function shortestPool<A extends PoolAttributes>(attributes: A): A {
  const kernelSize = shortestSize(attributes.kernelSize);
  const stride = shortestSize(attributes.stride ?? kernelSize);
  const padding = shortestSize(attributes.padding ?? 0);
  return {
    ...attributes,
    kernelSize,
    stride: String(stride) === String(kernelSize) ? undefined : stride,
    padding: padding === 0 ? undefined : padding,
  };
}

/**
 * The windows that fit a map; a remainder at the right and the bottom is left out.
 *
 * rows: ⌊(inRows + 2 · padding − kernelRows) / stride⌋ + 1, columns alike.
 *
 * @throws InputError in the op's name where no window fits, or where the padding is larger than half a window
 */
export function poolWindows(
  op: string,
  input: Shape | undefined,
  { kernelSize, stride = kernelSize, padding = 0 }: PoolAttributes,
): Windows {
  const [channels, inRows, inColumns] = mapShape(op, input);
  const [kernelRows, kernelColumns] = pairOf(kernelSize);
  const [strideRows, strideColumns] = pairOf(stride);
  const [paddingRows, paddingColumns] = pairOf(padding);
  if (2 * paddingRows > kernelRows || 2 * paddingColumns > kernelColumns) {
    const half = `a padding of at most half of ${kernelRows}×${kernelColumns}`;
    throw new InputError(op, half, `${paddingRows}×${paddingColumns}`);
  }
  const [leastRows, leastColumns] = [
    kernelRows - 2 * paddingRows,
    kernelColumns - 2 * paddingColumns,
  ];
  if (inRows < leastRows || inColumns < leastColumns) {
    throw new InputError(op, `a map of at least ${leastRows}×${leastColumns}`, showShape(input));
  }
  return {
    ...{ inRows, inColumns, channels },
    rows: Math.floor((inRows - leastRows) / strideRows) + 1,
    columns: Math.floor((inColumns - leastColumns) / strideColumns) + 1,
    ...{ kernelRows, kernelColumns, strideRows, strideColumns, paddingRows, paddingColumns },
  };
}

/** One window as its op's reference sees it. */
export interface Window {
  /** Index of the window's result. */
  readonly at: number;
  /** Indices of the window's pixels inside the map, in row-major order. */
  readonly pixels: readonly number[];
}

/** Calls `visit` for every window of every channel, in the order of the results. */
export function forEachWindow(windows: Windows, visit: (window: Window) => void): void {
  const { channels, rows, columns } = windows;
  let at = 0;
  for (let channel = 0; channel < channels; channel++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        visit({ at: at++, pixels: pixelsOf(windows, channel, r, c) });
}

function pixelsOf(windows: Windows, channel: number, r: number, c: number): number[] {
  const { inRows, inColumns } = windows;
  const pixels: number[] = [];
  for (let u = 0; u < windows.kernelRows; u++)
    for (let v = 0; v < windows.kernelColumns; v++) {
      const row = r * windows.strideRows + u - windows.paddingRows;
      const column = c * windows.strideColumns + v - windows.paddingColumns;
      if (row < 0 || column < 0 || row >= inRows || column >= inColumns) continue;
      pixels.push((channel * inRows + row) * inColumns + column);
    }
  return pixels;
}

/** The index of the first maximum; NaN counts as the largest, and of several NaN the last. */
export function argmaxOf(values: Float64Array, indices: readonly number[]): number {
  let best = indices[0]!;
  for (const at of indices) {
    if (values[at]! > values[best]! || Number.isNaN(values[at]!)) best = at;
  }
  return best;
}

/** `3×3` for drawings. */
export function showSize(size: Size2d): string {
  return pairOf(size).join("×");
}

/** A pooling's arguments: a window's size, or options. */
export type PoolOptions<A extends PoolAttributes> = Size2d | A;

/** The attributes that a caller has given, unchecked. */
export function givenPool<A extends PoolAttributes>(options: PoolOptions<A>): A {
  const isOptions = typeof options === "object" && options !== null && !Array.isArray(options);
  const attributes = (isOptions ? options : { kernelSize: options }) as A;
  return shortestPool(attributes);
}

/** One window that is the whole map. @throws InputError in the op's name where the input is no map */
export function wholeMap(op: string, input: Shape | undefined): Windows {
  const [, rows, columns] = mapShape(op, input);
  return poolWindows(op, input, { kernelSize: [rows, columns] });
}
