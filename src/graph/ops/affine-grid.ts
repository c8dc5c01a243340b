import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { boolean, wholeNumber, withDefault } from "./attributes.js";
import { everyChannel } from "./channels.js";
import { onnxCoordinates, onnxGrid, onnxReshape } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, Pointer } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape, vectorShape } from "./shapes.js";

export interface AffineGridAttributes {
  /** Size of the grid, and so of the map that is sampled with it. */
  readonly rows: number;
  readonly columns: number;
  /** Whether −1 and 1 are the centres of the outer pixels (true) or their outer edges (false). */
  readonly alignCorners: boolean;
}

/** The coordinate of pixel `i` of `extent` in −1..1. */
export function baseCoordinate(i: number, extent: number, alignCorners: boolean): number {
  if (alignCorners) return extent === 1 ? 0 : (2 * i) / (extent - 1) - 1;
  return (2 * i + 1) / extent - 1;
}

/** Theta of the identity. */
export const affineIdentity = [1, 0, 0, 0, 1, 0];

/** All that is known of {@link affineGrid}. */
export const affineGridOp: ImageOp<AffineGridAttributes> = {
  ...plainFacts("affineGrid"),
  attributes: {
    rows: wholeNumber(1),
    columns: wholeNumber(1),
    alignCorners: withDefault(boolean, false),
  },
  inputCount: 1,
  role: { kind: "gridMap", theta: 0, isAffine: true, identity: () => affineIdentity },
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "sampler",
    title: "affine grid",
    caption: () => "6 numbers → map",
    continuesLayer: false,
  },

  shape([theta], { rows, columns }) {
    const [size] = vectorShape("affineGrid", theta);
    if (size !== 6) throw new InputError("affineGrid", "a theta of [6]", `[${size}]`);
    return [2, rows, columns];
  },

  forward({ inputs, attributes: { alignCorners }, shape }) {
    const theta = inputs[0]!.values;
    const [, rows, columns] = mapShape("affineGrid", shape);
    const grid = new Float64Array(2 * rows * columns);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const x = baseCoordinate(c, columns, alignCorners);
        const y = baseCoordinate(r, rows, alignCorners);
        grid[r * columns + c] = theta[0]! * x + theta[1]! * y + theta[2]!;
        grid[(rows + r) * columns + c] = theta[3]! * x + theta[4]! * y + theta[5]!;
      }
    return grid;
  },

  // dL/dθ0 = Σ gx·x, dL/dθ1 = Σ gx·y, dL/dθ2 = Σ gx; θ3, θ4 and θ5 alike with gy
  backward({ attributes: { alignCorners }, shape, gradient }) {
    const [, rows, columns] = mapShape("affineGrid", shape);
    const d = new Float64Array(6);
    for (let axis = 0; axis < 2; axis++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) {
          const g = gradient[(axis * rows + r) * columns + c]!;
          d[axis * 3]! += g * baseCoordinate(c, columns, alignCorners);
          d[axis * 3 + 1]! += g * baseCoordinate(r, rows, alignCorners);
          d[axis * 3 + 2]! += g;
        }
    return { inputs: [d] };
  },

  onnx(onnx) {
    const { rows, columns, alignCorners } = onnx.attributes;
    const theta = onnxReshape(onnx, onnx.input(0), [2, 3]);
    if (alignCorners && Math.min(rows, columns) === 1) {
      // Runtimes differ in the coordinate of a single row's centre.
      const coordinates = onnxCoordinates(onnx, onnx.attributes, (index, extent) =>
        baseCoordinate(index, extent, true),
      );
      return onnxReshape(onnx, onnx.add("MatMul", [theta, coordinates]), onnx.shape);
    }
    const extents = onnx.integers("extents", [1, rows, columns]);
    const size = onnx.add("Concat", [onnx.batch(), extents], { axis: 0 });
    const align = { align_corners: Number(alignCorners) };
    return onnxGrid(onnx, onnx.add("AffineGrid", [theta, size], align));
  },

  emitForward(k) {
    const { rows, columns, alignCorners } = k.attributes;
    const sizes = { rows, columns };
    const centres = pixelCentres(k);
    k.prologue("PixelCentres", { centres, ...sizes, alignCorners: Number(alignCorners) });
    k.call("AffineGridForward", { theta: k.input(0), centres, grid: k.output(), ...sizes });
  },

  emitBackward(k) {
    const { rows, columns } = k.attributes;
    k.call("AffineGridBackward", {
      centres: pixelCentres(k),
      gGrid: k.outputGradient(),
      gTheta: k.inputGradient(0),
      rows,
      columns,
    });
  },
};

/** Memory for the coordinates of the columns, then of the rows. */
export function pixelCentres(k: KernelContext<AffineGridAttributes>): Pointer {
  return k.scratch("centres", k.attributes.columns + k.attributes.rows);
}

/**
 * For each pixel of the output, where it samples the input: an affine map of the pixel's own coordinates.
 *
 * `grid[0, r, c] = θ0·x(c) + θ1·y(r) + θ2`, `grid[1, r, c] = θ3·x(c) + θ4·y(r) + θ5`
 *
 * Channel 0 is x (columns), channel 1 is y (rows), both in −1..1 inside the image.
 * [6] → [2, rows, columns]. As `torch.nn.functional.affine_grid` with θ as a row-major 2×3 matrix.
 * Paper: Jaderberg et al., "Spatial Transformer Networks", NeurIPS 2015.
 *
 * @param theta vector [6]: the 2×3 matrix, row-major
 * @param size rows and columns of the grid; `alignCorners`, whether −1 and 1 are the centres of the corner pixels
 *   instead of their outer edges, is false by default
 * @returns map [2, rows, columns]: x then y
 * @example
 * const theta = linear(flatten(x), "theta", { outFeatures: 6 }); // [6]
 * const grid = affineGrid(theta, { rows: 28, columns: 28 }); // [2, 28, 28]
 * const warped = gridSample(image, grid); // [1, 28, 28]
 */
export function affineGrid(
  theta: Tensor,
  size: { readonly rows: number; readonly columns: number; readonly alignCorners?: boolean },
): Tensor {
  const attributes = { alignCorners: false, ...size };
  return addNode(affineGridOp, { inputs: [theta], attributes, label: "affineGrid" });
}
