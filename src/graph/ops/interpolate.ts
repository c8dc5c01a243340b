import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import {
  type AttributeRule,
  boolean,
  later,
  oneOf,
  pairOf,
  type Size2d,
  shortestSize,
  size2d,
} from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { ImageOp, KernelContext, Pointer } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape, showShape } from "./shapes.js";

export interface InterpolateAttributes {
  readonly mode: "nearest" | "bilinear";
  /** Rows and columns of the result. Missing: by the scale factor. */
  readonly size?: Size2d;
  /** Rows of the result for a row of the map, and columns alike. Missing: by the size. */
  readonly scaleFactor?: Size2d;
  /** Whether the centres of the outer pixels stay (true) or their outer edges (false). Missing: false. */
  readonly alignCorners?: boolean;
}

function isFactor(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

const factor2d: AttributeRule<Size2d> = {
  allowed: "to be a number above 0, or two of them [rows, columns]",
  allows: (value): value is Size2d =>
    isFactor(value) || (Array.isArray(value) && value.length === 2 && value.every(isFactor)),
};

/** Two rows (or columns) of the map that a row of the result is between, and the weight of the second. */
interface Taps {
  readonly first: number;
  readonly second: number;
  readonly weight: number;
}

/** One axis: its extents, and the step from one row of the result to the next in rows of the map. */
interface Axis {
  readonly extent: number;
  readonly outExtent: number;
  readonly step: number;
}

function axesOf(input: Shape, attributes: InterpolateAttributes): readonly [Axis, Axis] {
  const [, rows, columns] = mapShape("interpolate", input);
  const { size, scaleFactor, alignCorners } = attributes;
  const axis = (extent: number, at: 0 | 1): Axis => {
    const factor = scaleFactor === undefined ? undefined : pairOf(scaleFactor)[at];
    const outExtent = factor === undefined ? pairOf(size!)[at] : Math.floor(extent * factor);
    let step = factor === undefined ? extent / outExtent : 1 / factor;
    if (alignCorners) step = outExtent === 1 ? 0 : (extent - 1) / (outExtent - 1);
    return { extent, outExtent, step };
  };
  return [axis(rows, 0), axis(columns, 1)];
}

/** In float32, as the kernels and PyTorch compute positions: the nearest row depends on rounding. */
function tapsOf({ extent, outExtent, step }: Axis, attributes: InterpolateAttributes): Taps[] {
  const { mode, alignCorners } = attributes;
  return Array.from({ length: outExtent }, (_, i) => {
    const position =
      mode === "bilinear" && !alignCorners
        ? Math.max(0, Math.fround(Math.fround(step) * (i + 0.5)) - 0.5)
        : Math.fround(i * Math.fround(step));
    const first = Math.min(Math.floor(position), extent - 1);
    const weight = mode === "bilinear" ? position - first : 0;
    return { first, second: Math.min(first + 1, extent - 1), weight };
  });
}

/** Calls `visit` for each value of the result and each value of the map that it reads, with the weight. */
function forEachTap(
  input: Shape,
  attributes: InterpolateAttributes,
  visit: (at: number, from: number, weight: number) => void,
): void {
  const [channels, inRows, inColumns] = mapShape("interpolate", input);
  const [rowTaps, columnTaps] = axesOf(input, attributes).map((axis) => tapsOf(axis, attributes));
  const isNearest = attributes.mode === "nearest";
  let at = 0;
  for (let i = 0; i < channels; i++)
    for (const row of rowTaps!)
      for (const column of columnTaps!) {
        const from = (r: number, c: number) => (i * inRows + r) * inColumns + c;
        const { weight: wy } = row;
        const { weight: wx } = column;
        visit(at, from(row.first, column.first), (1 - wy) * (1 - wx));
        if (!isNearest) {
          visit(at, from(row.first, column.second), (1 - wy) * wx);
          visit(at, from(row.second, column.first), wy * (1 - wx));
          visit(at, from(row.second, column.second), wy * wx);
        }
        at++;
      }
}

/** All that is known of {@link interpolate}. */
export const interpolateOp: ImageOp<InterpolateAttributes> = {
  ...plainFacts("interpolate"),
  attributes: {
    mode: oneOf("nearest", "bilinear"),
    size: later(size2d(1)),
    scaleFactor: later(factor2d),
    alignCorners: later(boolean),
  },
  inputCount: 1,
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  drawing: {
    family: "sampler",
    caption: (_inputs, { mode }, [, rows, columns]) => `${mode} to ${rows}×${columns}`,
    continuesLayer: true,
  },

  shape([input], attributes) {
    const [channels] = mapShape("interpolate", input);
    const { mode, size, scaleFactor, alignCorners } = attributes;
    if ((size === undefined) === (scaleFactor === undefined)) {
      const got = size === undefined ? "neither" : "both";
      throw new InputError("interpolate", "either size or scaleFactor", got);
    }
    if (mode === "nearest" && alignCorners !== undefined) {
      const expected = "alignCorners only with mode bilinear";
      throw new InputError("interpolate", expected, String(alignCorners));
    }
    const [rows, columns] = axesOf(input!, attributes);
    if (rows.outExtent < 1 || columns.outExtent < 1) {
      const got = `${rows.outExtent}×${columns.outExtent}`;
      throw new InputError(
        "interpolate",
        "a result of at least 1×1",
        `${got} of ${showShape(input)}`,
      );
    }
    return [channels, rows.outExtent, columns.outExtent];
  },

  forward({ inputs, attributes, shape }) {
    const [x] = inputs;
    const y = new Float64Array(sizeOf(shape));
    forEachTap(x!.shape, attributes, (at, from, weight) => {
      y[at]! += weight * x!.values[from]!;
    });
    return y;
  },

  // dL/dx[pixel] += g · weight
  backward({ inputs, attributes, gradient }) {
    const [x] = inputs;
    const dx = new Float64Array(x!.values.length);
    forEachTap(x!.shape, attributes, (at, from, weight) => {
      dx[from]! += weight * gradient[at]!;
    });
    return { inputs: [dx] };
  },

  onnx(onnx) {
    const { mode, scaleFactor, alignCorners } = onnx.attributes;
    const asked = mode === "nearest" ? "asymmetric" : alignCorners ? "align_corners" : "half_pixel";
    const attributes = {
      coordinate_transformation_mode: asked,
      mode: mode === "nearest" ? "nearest" : "linear",
      ...(mode === "nearest" && { nearest_mode: "floor" }),
    };
    if (scaleFactor !== undefined && alignCorners !== true) {
      const values = Float32Array.of(1, 1, ...pairOf(scaleFactor));
      const scales = onnx.constant("scales", { shape: [4], values });
      return onnx.add("Resize", [onnx.input(0), "", scales], attributes);
    }
    const extents = onnx.integers("extents", onnx.shape);
    const size = onnx.add("Concat", [onnx.batch(), extents], { axis: 0 });
    return onnx.add("Resize", [onnx.input(0), "", "", size], attributes);
  },

  emitForward(k) {
    emitTable(k);
    k.call("InterpolateForward", { x: k.input(0), y: k.output(), ...words(k) });
  },

  emitBackward(k) {
    k.call("InterpolateBackward", { gy: k.outputGradient(), gx: k.inputGradient(0), ...words(k) });
  },
};

type Kernels = KernelContext<InterpolateAttributes>;

/** Words of an entry of the table: two indices and a weight. */
const ENTRY = 3;

function tableMemory(k: Kernels): Pointer {
  const [, rows, columns] = mapShape("interpolate", k.shape);
  return k.scratch("table", ENTRY * (rows + columns));
}

function emitTable(k: Kernels): void {
  const { mode, alignCorners = false } = k.attributes;
  const flags = { bilinear: Number(mode === "bilinear"), alignCorners: Number(alignCorners) };
  const table = tableMemory(k);
  let first = 0;
  for (const axis of axesOf(k.inputShapes[0]!, k.attributes)) {
    k.prologue("InterpolateTable", { table, first, ...axis, ...flags });
    first += axis.outExtent;
  }
}

function words(k: Kernels) {
  const [channels, , inColumns] = mapShape("interpolate", k.inputShapes[0]);
  const [, rows, columns] = mapShape("interpolate", k.shape);
  const bilinear = Number(k.attributes.mode === "bilinear");
  return { table: tableMemory(k), rows, columns, inColumns, channels, bilinear };
}

/**
 * A map in another size. Row r of the result lies at row `p = (r + ½) · s − ½` of the map (at least 0), with s = rows of
 * the map / rows of the result, or 1 / scaleFactor; with `alignCorners` at `p = r · (rows − 1) / (outRows − 1)`; columns
 * alike. `bilinear` weighs the two rows and columns around it by their nearness; `nearest` takes row `⌊r · s⌋`.
 *
 * [channels, rows, columns] → [channels, outRows, outColumns]. As `torch.nn.functional.interpolate`.
 *
 * @param options.size rows and columns of the result: a number or [rows, columns]
 * @param options.scaleFactor instead of a size: a number or [rows, columns]
 * @param options.mode default `"nearest"`
 * @param options.alignCorners with `"bilinear"`; default false
 * @example
 * const larger = interpolate(x, { scaleFactor: 2, mode: "bilinear" }); // [8, 28, 28]
 */
export function interpolate(
  x: Tensor,
  options: Partial<InterpolateAttributes> & Pick<InterpolateAttributes, "size" | "scaleFactor">,
): Tensor {
  const given = { mode: "nearest", ...options } as const;
  const attributes = {
    ...given,
    size: given.size === undefined ? undefined : shortestSize(given.size),
    scaleFactor: given.scaleFactor === undefined ? undefined : shortestSize(given.scaleFactor),
    alignCorners:
      given.mode === "bilinear" && given.alignCorners === false ? undefined : given.alignCorners,
  };
  return addNode(interpolateOp, { inputs: [x], attributes, label: "interpolate" });
}
