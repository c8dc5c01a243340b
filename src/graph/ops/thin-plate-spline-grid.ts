import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { splineWeights } from "../thin-plate-spline.js";
import { type AffineGridAttributes, baseCoordinate } from "./affine-grid.js";
import { boolean, wholeNumber } from "./attributes.js";
import { everyChannel } from "./channels.js";
import { onnxReshape } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, Pointer } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape, vectorShape } from "./shapes.js";

/** Size and corners of the grid, as an affine grid's. */
export type ThinPlateSplineGridAttributes = AffineGridAttributes;

/** Largest side of the lattice: the fixed matrix is sent to the kernels anew in every step. */
const MOST = 10;

/** Points along a side of the lattice. @throws InputError where the numbers make no lattice */
function sideOf(theta: Shape | undefined): number {
  const [size] = vectorShape("thinPlateSplineGrid", theta);
  const side = Math.sqrt(size / 2);
  if (Number.isInteger(side) && side >= 2 && side <= MOST) return side;
  const expected = `a theta of [2 · K · K], K from 2 to ${MOST}`;
  throw new InputError("thinPlateSplineGrid", expected, `[${size}]`);
}

/** Theta of the identity: the x of the lattice's points, row by row, then their y. */
export function splineLattice(side: number): number[] {
  const line = Array.from({ length: side }, (_, at) => (2 * at) / (side - 1) - 1);
  return [...line.flatMap(() => line), ...line.flatMap((y) => line.map(() => y))];
}

/** How much each control point counts at each position, `[position][point]`. */
function matrixOf(side: number, { rows, columns, alignCorners }: ThinPlateSplineGridAttributes) {
  const lattice = splineLattice(side);
  const points = side * side;
  const controls = Array.from(
    { length: points },
    (_, at) => [lattice[at]!, lattice[points + at]!] as const,
  );
  const positions = Array.from({ length: rows * columns }, (_, at) => {
    const x = baseCoordinate(at % columns, columns, alignCorners);
    return [x, baseCoordinate(Math.floor(at / columns), rows, alignCorners)] as const;
  });
  return splineWeights(controls, positions);
}

/** All that is known of {@link thinPlateSplineGrid}. */
export const thinPlateSplineGridOp: ImageOp<ThinPlateSplineGridAttributes> = {
  ...plainFacts("thinPlateSplineGrid"),
  role: {
    ...{ kind: "gridMap", theta: 0, isAffine: false },
    identity: (theta) => splineLattice(sideOf(theta)),
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
    title: "thin-plate spline",
    caption: ([theta]) => `${theta![0]! / 2} points → map`,
    continuesLayer: false,
  },

  shape([theta], { rows, columns }) {
    sideOf(theta);
    return [2, rows, columns];
  },

  forward({ inputs, attributes, shape }) {
    const { values, shape: own } = inputs[0]!;
    const points = values.length / 2;
    const positions = sizeOf(shape) / 2;
    const grid = new Float64Array(2 * positions);
    for (const [position, weights] of matrixOf(sideOf(own), attributes).entries())
      for (const [point, weight] of weights.entries()) {
        grid[position]! += weight * values[point]!;
        grid[positions + position]! += weight * values[points + point]!;
      }
    return grid;
  },

  // dL/dθ = the transposed matrix times g
  backward({ inputs, attributes, gradient }) {
    const { values, shape: own } = inputs[0]!;
    const points = values.length / 2;
    const positions = gradient.length / 2;
    const d = new Float64Array(values.length);
    for (const [position, weights] of matrixOf(sideOf(own), attributes).entries())
      for (const [point, weight] of weights.entries()) {
        d[point]! += weight * gradient[position]!;
        d[points + point]! += weight * gradient[positions + position]!;
      }
    return { inputs: [d] };
  },

  onnx(onnx) {
    const side = sideOf(onnx.inputShapes[0]);
    const points = side * side;
    const matrix = matrixOf(side, onnx.attributes);
    const values = Float32Array.from(
      { length: points * matrix.length },
      (_, at) => matrix[at % matrix.length]![Math.floor(at / matrix.length)]!,
    );
    const spline = onnx.constant("spline", { shape: [points, matrix.length], values });
    const theta = onnxReshape(onnx, onnx.input(0), [2, points]);
    return onnxReshape(onnx, onnx.add("MatMul", [theta, spline]), onnx.shape);
  },

  emitForward(k) {
    emitMatrix(k);
    const words = { theta: k.input(0), matrix: matrixMemory(k), grid: k.output(), ...sizes(k) };
    k.call("ThinPlateSplineGridForward", words);
  },

  emitBackward(k) {
    const [gGrid, gTheta] = [k.outputGradient(), k.inputGradient(0)];
    const words = { matrix: matrixMemory(k), gGrid, gTheta, ...sizes(k) };
    k.call("ThinPlateSplineGridBackward", words);
  },
};

type Kernels = KernelContext<ThinPlateSplineGridAttributes>;

function sizes(k: Kernels) {
  const [, rows, columns] = mapShape("thinPlateSplineGrid", k.shape);
  const positions = rows * columns;
  // Eight numbers are sent at a time.
  return { positions, stride: 8 * Math.ceil(positions / 8), points: k.inputShapes[0]![0]! / 2 };
}

/** Memory for the matrix, [point][position]. */
function matrixMemory(k: Kernels): Pointer {
  const { stride, points } = sizes(k);
  return k.scratch("matrix", stride * points);
}

function emitMatrix(k: Kernels): void {
  const { positions, stride, points } = sizes(k);
  const matrix = matrixOf(Math.sqrt(points), k.attributes);
  const to = matrixMemory(k);
  const value = (at: number) =>
    at % stride < positions ? matrix[at % stride]![Math.floor(at / stride)]! : 0;
  for (let at = 0; at < stride * points; at += 8) {
    const [c0, c1, c2, c3, c4, c5, c6, c7] = Array.from({ length: 8 }, (_, lane) =>
      value(at + lane),
    );
    k.prologue("Constants", {
      ...{ to, offset: at },
      ...{ c0: c0!, c1: c1!, c2: c2!, c3: c3!, c4: c4!, c5: c5!, c6: c6!, c7: c7! },
    });
  }
}

/**
 * For each pixel of the output, where it samples the input: a thin-plate spline through K×K control points. The points
 * lie in a lattice that covers the output, from −1 to 1 in both directions; θ says where each of them samples the input.
 * The spline is the smoothest map that takes each point there:
 *
 * `grid[p] = a + B · p + Σ_k w_k U(|p − c_k|)` with `U(r) = r² ln r²`, `grid[c_k] = θ_k`, `Σ w_k = 0`, `Σ w_k c_kᵀ = 0`,
 * at the pixel's coordinates p = (x, y). As θ enters linearly, this is a fixed matrix times θ.
 *
 * [2 · K · K] → [2, rows, columns]: x then y. θ has the x of all points, row by row, then their y: [2, K, K]. The lattice
 * itself as θ gives the identity.
 * Papers: Bookstein, "Principal warps", 1989; Jaderberg et al., "Spatial transformer networks", NeurIPS 2015.
 *
 * @param theta vector [2 · K · K]: x of the K×K control points, row by row, then y; K from 2 to 10
 * @param size rows and columns of the grid; `alignCorners` as in `affineGrid`, default false
 * @returns map [2, rows, columns]: x then y
 * @example
 * const theta = linear(flatten(x), "theta", { outFeatures: 32 }); // 4×4 control points, x and y
 * const warped = gridSample(image, thinPlateSplineGrid(theta, { rows: 28, columns: 28 })); // [1, 28, 28]
 */
export function thinPlateSplineGrid(
  theta: Tensor,
  size: { readonly rows: number; readonly columns: number; readonly alignCorners?: boolean },
): Tensor {
  const attributes = { alignCorners: false, ...size };
  const label = "thinPlateSplineGrid";
  return addNode(thinPlateSplineGridOp, { inputs: [theta], attributes, label });
}
