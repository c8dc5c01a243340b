import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { type AffineGridAttributes, baseCoordinate, pixelCentres } from "./affine-grid.js";
import { boolean, wholeNumber } from "./attributes.js";
import { everyChannel } from "./channels.js";
import { onnxCoordinates, onnxForEachImage, onnxReshape, onnxSlice } from "./onnx-nodes.js";
import type { ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape, vectorShape } from "./shapes.js";

/** Size and corners of the grid, as an affine grid's. */
export type ProjectiveGridAttributes = AffineGridAttributes;

/** Theta of the identity, 8 numbers. */
export const projectiveIdentity = [1, 0, 0, 0, 1, 0, 0, 0];

/** A pixel's own coordinates, and the three sums that a projective map makes of them. */
interface Point {
  /** `[x, y, 1]` */
  readonly from: readonly number[];
  /** The numerators of x and y, and their denominator. */
  readonly sums: readonly number[];
}

function pointAt(
  theta: Float64Array,
  [r, c]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  alignCorners: boolean,
): Point {
  const from = [baseCoordinate(c, columns, alignCorners), baseCoordinate(r, rows, alignCorners), 1];
  const sums = [0, 3, 6].map((first) =>
    from.reduce((sum, coordinate, at) => sum + (theta[first + at] ?? 1) * coordinate, 0),
  );
  return { from, sums };
}

/** All that is known of {@link projectiveGrid}. */
export const projectiveGridOp: ImageOp<ProjectiveGridAttributes> = {
  ...plainFacts("projectiveGrid"),
  role: {
    ...{ kind: "gridMap", theta: 0, isAffine: false },
    identity: ([size]) => [...projectiveIdentity, 1].slice(0, size),
  },
  attributes: {
    rows: wholeNumber(1),
    columns: wholeNumber(1),
    alignCorners: boolean,
  },
  inputCount: 1,
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "sampler",
    title: "projective grid",
    caption: ([theta]) => `${theta![0]} numbers → map`,
    continuesLayer: false,
  },

  shape([theta], { rows, columns }) {
    const [size] = vectorShape("projectiveGrid", theta);
    if (size !== 8 && size !== 9) {
      throw new InputError("projectiveGrid", "a theta of [8] or [9]", `[${size}]`);
    }
    return [2, rows, columns];
  },

  forward({ inputs, attributes: { alignCorners }, shape }) {
    const [, rows, columns] = mapShape("projectiveGrid", shape);
    const grid = new Float64Array(2 * rows * columns);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const { sums } = pointAt(inputs[0]!.values, [r, c], [rows, columns], alignCorners);
        grid[r * columns + c] = sums[0]! / sums[2]!;
        grid[(rows + r) * columns + c] = sums[1]! / sums[2]!;
      }
    return grid;
  },

  // With (X, Y) the point and (x, y, 1) the pixel: dL/dθ0..2 = Σ gx / w · (x, y, 1), dL/dθ3..5 = Σ gy / w · (x, y, 1),
  // dL/dθ6..8 = −Σ (gx · X + gy · Y) / w · (x, y, 1)
  backward({ inputs, attributes: { alignCorners }, shape, output, gradient }) {
    const [, rows, columns] = mapShape("projectiveGrid", shape);
    const theta = inputs[0]!.values;
    const d = new Float64Array(theta.length);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const { from, sums } = pointAt(theta, [r, c], [rows, columns], alignCorners);
        const [atX, atY] = [r * columns + c, (rows + r) * columns + c];
        const [a, b] = [gradient[atX]! / sums[2]!, gradient[atY]! / sums[2]!];
        const factors = [a, b, -(a * output[atX]! + b * output[atY]!)];
        for (let at = 0; at < d.length; at++)
          d[at]! += factors[Math.floor(at / 3)]! * from[at % 3]!;
      }
    return { inputs: [d] };
  },

  onnx(onnx) {
    const { rows, columns, alignCorners } = onnx.attributes;
    const coordinates = onnxCoordinates(onnx, onnx.attributes, (index, extent) =>
      baseCoordinate(index, extent, alignCorners),
    );
    const one = onnx.constant("one", { shape: [1], values: Float32Array.of(1) });
    const theta =
      onnx.inputShapes[0]![0] === 9
        ? onnx.input(0)
        : onnx.add("Concat", [onnx.input(0), onnxForEachImage(onnx, one, [1])], { axis: 1 });
    const sums = onnx.add("MatMul", [onnxReshape(onnx, theta, [3, 3]), coordinates]);
    const row = (from: number, to: number) => onnxSlice(onnx, sums, 1, [from, to]);
    return onnxReshape(onnx, onnx.add("Div", [row(0, 2), row(2, 3)]), [2, rows, columns]);
  },

  emitForward(k) {
    const { rows, columns, alignCorners } = k.attributes;
    const centres = pixelCentres(k);
    k.prologue("PixelCentres", { centres, rows, columns, alignCorners: Number(alignCorners) });
    const words = { theta: k.input(0), centres, grid: k.output(), ...sizes(k) };
    k.call("ProjectiveGridForward", words);
  },

  emitBackward(k) {
    k.call("ProjectiveGridBackward", {
      ...{ theta: k.input(0), centres: pixelCentres(k), grid: k.output() },
      ...{ gGrid: k.outputGradient(), gTheta: k.inputGradient(0), ...sizes(k) },
    });
  },
};

function sizes(k: KernelContext<ProjectiveGridAttributes>) {
  const { rows, columns } = k.attributes;
  return { rows, columns, count: k.inputShapes[0]![0]! };
}

/**
 * For each pixel of the output, where it samples the input: a projective map (a homography) of its own coordinates.
 *
 * `w = θ6·x + θ7·y + θ8`, `grid[0, r, c] = (θ0·x + θ1·y + θ2) / w`, `grid[1, r, c] = (θ3·x + θ4·y + θ5) / w` at the
 * pixel's coordinates x(c) and y(r) in −1..1. θ is a row-major 3×3 matrix; of 8 numbers, θ8 is 1.
 *
 * [8] or [9] → [2, rows, columns]: x then y. With θ6 = θ7 = 0 and θ8 = 1 it is `affineGrid`.
 * Where w is 0 the grid is infinite or NaN.
 *
 * @param theta vector [8] or [9]: the 3×3 matrix, row-major
 * @param size rows and columns of the grid; `alignCorners` as in `affineGrid`, default false
 * @returns map [2, rows, columns]: x then y
 * @example
 * const theta = linear(flatten(x), "theta", { outFeatures: 8 }); // [8]
 * const warped = gridSample(image, projectiveGrid(theta, { rows: 28, columns: 28 })); // [1, 28, 28]
 */
export function projectiveGrid(
  theta: Tensor,
  size: { readonly rows: number; readonly columns: number; readonly alignCorners?: boolean },
): Tensor {
  const attributes = { alignCorners: false, ...size };
  return addNode(projectiveGridOp, { inputs: [theta], attributes, label: "projectiveGrid" });
}
