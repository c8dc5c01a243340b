import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { boolean, later, oneOf, withDefault } from "./attributes.js";
import { everyChannel, sameChannels } from "./channels.js";
import type { ImageOp, KernelContext, Pointer, Tensor64 } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape, showShape } from "./shapes.js";

const samplerInputs = { image: 0, grid: 1 } as const;

export interface GridSampleAttributes {
  /** Whether −1 and 1 are the centres of the outer pixels (true) or their outer edges (false). */
  readonly alignCorners: boolean;
  /**
   * What lies outside the map. `border`: the nearest pixel of its edge. `reflection`: its mirror image at the outer
   * centres with `alignCorners`, else at the outer edges. Missing: zeros.
   */
  readonly paddingMode?: "border" | "reflection";
}

/** Pixel position of a coordinate in −1..1. */
function unnormalize(coordinate: number, extent: number, alignCorners: boolean): number {
  return alignCorners ? ((coordinate + 1) / 2) * (extent - 1) : ((coordinate + 1) * extent - 1) / 2;
}

/** Where a coordinate reads the map, and the derivative of that position with respect to the coordinate. */
interface Place {
  readonly position: number;
  readonly slope: number;
}

function placeOf(coordinate: number, extent: number, attributes: GridSampleAttributes): Place {
  const { alignCorners, paddingMode } = attributes;
  const slope = (alignCorners ? extent - 1 : extent) / 2;
  const place = { position: unnormalize(coordinate, extent, alignCorners), slope };
  if (paddingMode === undefined) return place;
  return clipped(
    paddingMode === "reflection" ? reflected(place, extent, alignCorners) : place,
    extent,
  );
}

/** Folds a position back at the edges. */
function reflected({ position, slope }: Place, extent: number, alignCorners: boolean): Place {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? extent - 1 : extent;
  if (span === 0) return { position: low, slope: 0 };
  const distance = Math.abs(position - low);
  const flips = Math.floor(distance / span);
  const rest = distance - flips * span;
  const isOdd = flips % 2 === 1;
  const isBackwards = position < low !== isOdd;
  return { position: low + (isOdd ? span - rest : rest), slope: isBackwards ? -slope : slope };
}

/** At the edge and beyond, the edge's pixel without a gradient; NaN is the first pixel, as in PyTorch on a processor. */
function clipped({ position, slope }: Place, extent: number): Place {
  if (!(position > 0)) return { position: 0, slope: 0 };
  return position >= extent - 1 ? { position: extent - 1, slope: 0 } : { position, slope };
}

/** In float32, as the kernels compute positions: a finite coordinate may be too large. */
function areFinite(px: number, py: number): boolean {
  return Number.isFinite(Math.fround(px)) && Number.isFinite(Math.fround(py));
}

/** One of the four pixels around a sampling point, with its weight's factors along x and y. */
interface Neighbour {
  readonly row: number;
  readonly column: number;
  readonly weightX: number;
  readonly weightY: number;
  /** Derivative of `weightX` with respect to x: +1 for the right pixel, −1 for the left. */
  readonly signX: number;
  readonly signY: number;
}

function neighbours(x: number, y: number): Neighbour[] {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const [fx, fy] = [x - column, y - row];
  return [
    { row, column, weightX: 1 - fx, weightY: 1 - fy, signX: -1, signY: -1 },
    { row, column: column + 1, weightX: fx, weightY: 1 - fy, signX: 1, signY: -1 },
    { row: row + 1, column, weightX: 1 - fx, weightY: fy, signX: -1, signY: 1 },
    { row: row + 1, column: column + 1, weightX: fx, weightY: fy, signX: 1, signY: 1 },
  ];
}

function inside(tensor: Tensor64, { row, column }: Neighbour): boolean {
  return row >= 0 && column >= 0 && row < tensor.shape[1]! && column < tensor.shape[2]!;
}

/** All that is known of {@link gridSample}. */
export const gridSampleOp: ImageOp<GridSampleAttributes> = {
  ...plainFacts("gridSample"),
  attributes: {
    alignCorners: withDefault(boolean, false),
    paddingMode: later(oneOf("border", "reflection")),
  },
  inputCount: 2,
  role: { kind: "sampler", ...samplerInputs },
  readsChannels: (reading) =>
    reading.input === samplerInputs.image ? sameChannels(reading) : everyChannel(reading),
  keepsChannelsApart: false,
  drawing: {
    family: "sampler",
    title: "sampler",
    caption: () => "bilinear",
    continuesLayer: false,
  },

  shape([input, grid]) {
    const [channels] = mapShape("gridSample", input);
    const [axes, rows, columns] = mapShape("gridSample", grid);
    if (axes !== 2) {
      throw new InputError("gridSample", "a grid [2, rows, columns]", showShape(grid));
    }
    return [channels, rows, columns];
  },

  forward({ inputs, attributes, shape }) {
    const [x, grid] = inputs as [Tensor64, Tensor64];
    const [, inRows, inColumns] = mapShape("gridSample", x.shape);
    const [channels, rows, columns] = mapShape("gridSample", shape);
    const positions = rows * columns;
    const y = new Float64Array(channels * positions);
    for (let position = 0; position < positions; position++) {
      const { position: px } = placeOf(grid.values[position]!, inColumns, attributes);
      const { position: py } = placeOf(grid.values[positions + position]!, inRows, attributes);
      if (!areFinite(px, py)) {
        for (let i = 0; i < channels; i++) y[i * positions + position] = Number.NaN;
        continue;
      }
      for (const n of neighbours(px, py)) {
        if (!inside(x, n)) continue;
        for (let i = 0; i < channels; i++)
          y[i * positions + position]! +=
            x.values[(i * inRows + n.row) * inColumns + n.column]! * n.weightX * n.weightY;
      }
    }
    return y;
  },

  // dL/dx[i, u, v] += g[i, r, c] · wx · wy
  // dL/dpx = Σ_i g[i, r, c] · Σ (u, v) x[i, u, v] · (±1) · wy, and dpx/dgrid = columns / 2
  // ((columns − 1) / 2 with alignCorners); the same for y
  backward({ inputs, attributes, shape, gradient }) {
    const [x, grid] = inputs as [Tensor64, Tensor64];
    const [, inRows, inColumns] = mapShape("gridSample", x.shape);
    const [channels, rows, columns] = mapShape("gridSample", shape);
    const positions = rows * columns;
    const dx = new Float64Array(x.values.length);
    const dGrid = new Float64Array(grid.values.length);
    for (let position = 0; position < positions; position++) {
      const { position: px, slope: scaleX } = placeOf(
        grid.values[position]!,
        inColumns,
        attributes,
      );
      const y = grid.values[positions + position]!;
      const { position: py, slope: scaleY } = placeOf(y, inRows, attributes);
      if (!areFinite(px, py)) {
        dGrid[position] = Number.NaN;
        dGrid[positions + position] = Number.NaN;
        continue;
      }
      for (const n of neighbours(px, py)) {
        if (!inside(x, n)) continue;
        for (let i = 0; i < channels; i++) {
          const at = (i * inRows + n.row) * inColumns + n.column;
          const g = gradient[i * positions + position]!;
          dx[at]! += g * n.weightX * n.weightY;
          dGrid[position]! += g * x.values[at]! * n.signX * n.weightY * scaleX;
          dGrid[positions + position]! += g * x.values[at]! * n.signY * n.weightX * scaleY;
        }
      }
    }
    return { inputs: [dx, dGrid] };
  },

  onnx(onnx) {
    const { alignCorners, paddingMode } = onnx.attributes;
    const grid = onnx.add("Transpose", [onnx.input(1)], { perm: [0, 2, 3, 1] });
    return onnx.add("GridSample", [onnx.input(0), grid], {
      align_corners: Number(alignCorners),
      mode: "linear",
      padding_mode: paddingMode ?? "zeros",
    });
  },

  emitForward(k) {
    if (usesLanes(k)) {
      k.call("GridSampleLanesForward", {
        ...pointers(k),
        y: k.output(),
        ...sizes(k),
        ...paddingOf(k),
      });
      return;
    }
    k.call("GridSampleForward", {
      x: k.input(0),
      grid: k.input(1),
      y: k.output(),
      margined: margined(k),
      flat: flat(k),
      ...sizes(k),
    });
  },

  emitBackward(k) {
    if (usesLanes(k)) {
      k.call("GridSampleLanesBackward", {
        ...pointers(k),
        gy: k.outputGradient(),
        ...{ gx: k.inputGradient(0), gGrid: k.inputGradient(1) },
        ...{ ...sizes(k), ...paddingOf(k) },
      });
      return;
    }
    k.call("GridSampleBackward", {
      x: k.input(0),
      grid: k.input(1),
      margined: margined(k),
      flat: flat(k),
      gy: k.outputGradient(),
      gx: k.inputGradient(0),
      gGrid: k.inputGradient(1),
      ...sizes(k),
    });
  },
};

/** Numbers of the paddings in kernels/grid-sample-lanes.ts; 0 for zeros. */
const paddings = { border: 1, reflection: 2 } as const;

/** Whether channels lie in lanes; else four positions of a channel do. */
function usesLanes({ attributes, inputShapes }: KernelContext<GridSampleAttributes>): boolean {
  return attributes.paddingMode !== undefined || inputShapes[0]![0]! >= 4;
}

function pointers(k: KernelContext<GridSampleAttributes>) {
  return { x: k.input(0), grid: k.input(1) };
}

function paddingOf({ attributes: { paddingMode } }: KernelContext<GridSampleAttributes>) {
  return { padding: paddingMode === undefined ? 0 : paddings[paddingMode] };
}

/** Width of the margin of zeros around the copy of a one-channel image, see kernels/grid-sample.ts. */
const MARGIN = 2;

function sizes(k: KernelContext<GridSampleAttributes>) {
  const [channels, inRows, inColumns] = mapShape("gridSample", k.inputShapes[0]);
  const positions = sizeOf(k.shape.slice(1));
  return {
    positions,
    inRows,
    inColumns,
    channels,
    alignCorners: Number(k.attributes.alignCorners),
  };
}

function margined(k: KernelContext<GridSampleAttributes>): Pointer {
  const [channels, rows, columns] = mapShape("gridSample", k.inputShapes[0]);
  if (channels > 1) return 0;
  return k.saved("margined", (rows + 2 * MARGIN) * (columns + 2 * MARGIN));
}

/** Memory for one byte per four positions: which of them have a gradient of 0 with respect to the grid. */
function flat(k: KernelContext<GridSampleAttributes>): Pointer {
  return k.saved("flat", Math.ceil(sizes(k).positions / 16));
}

/**
 * Samples a map at the positions of a grid, bilinearly. Outside the map are zeros, or what `paddingMode` says.
 *
 * `y[i, r, c] = Σ over the four pixels (u, v) around (py, px) of x[i, u, v] · (1 − |py − u|) · (1 − |px − v|)`,
 * with `px = ((grid[0, r, c] + 1) · columns − 1) / 2`, or `(grid[0, r, c] + 1) / 2 · (columns − 1)` with
 * `alignCorners`; `py` alike from `grid[1]` and the rows.
 *
 * [channels, rows, columns] and [2, outRows, outColumns] → [channels, outRows, outColumns].
 * As `torch.nn.functional.grid_sample(mode="bilinear")`.
 * Kink: at integer positions the gradient with respect to the grid is that of the cell to the right and below, as in
 * PyTorch.
 * Where a position is infinite or NaN in float32, the value and the gradient with respect to the grid are NaN, as in
 * PyTorch on a processor.
 *
 * @param x map [channels, rows, columns]
 * @param grid map [2, outRows, outColumns] of coordinates in −1..1: x then y
 * @param options.alignCorners default false; must equal that of `affineGrid`
 * @param options.paddingMode what lies outside: `"zeros"` (default), `"border"` or `"reflection"`
 * @example
 * const grid = affineGrid(linear(flatten(x), "theta", { outFeatures: 6 }), { rows: 20, columns: 20 });
 * const warped = gridSample(image, grid, { paddingMode: "border" }); // [1, 20, 20]
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  options: {
    readonly alignCorners?: boolean;
    readonly paddingMode?: "zeros" | "border" | "reflection";
  } = {},
): Tensor {
  const { paddingMode, ...others } = Object(options) as typeof options;
  const attributes = {
    ...{ alignCorners: false, ...others },
    paddingMode: paddingMode === "zeros" ? undefined : paddingMode,
  };
  return addNode(gridSampleOp, { inputs: [x, grid], attributes, label: "gridSample" });
}
