import { checkChoice, checkFunction } from "../arguments.js";
import { checkTensor, type Tensor } from "../graph/builder.js";
import { affineGrid, affineIdentity } from "../graph/ops/affine-grid.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { flatten } from "../graph/ops/flatten.js";
import { gridSample } from "../graph/ops/grid-sample.js";
import { linear } from "../graph/ops/linear.js";
import { maxPool2d } from "../graph/ops/max-pool2d.js";
import { projectiveGrid, projectiveIdentity } from "../graph/ops/projective-grid.js";
import { relu } from "../graph/ops/relu.js";
import { mapShape } from "../graph/ops/shapes.js";
import { splineLattice, thinPlateSplineGrid } from "../graph/ops/thin-plate-spline-grid.js";
import type { Convolution } from "./classifier.js";

const ZERO = { kind: "constant", value: 0 } as const;

/** The maps that a transformer may learn, and the numbers with which each is the identity. */
const maps = {
  affine: { grid: affineGrid, identity: affineIdentity },
  projective: { grid: projectiveGrid, identity: projectiveIdentity },
  /** Through 4×4 control points, as in the paper. */
  "thin-plate": { grid: thinPlateSplineGrid, identity: splineLattice(4) },
} as const;

export type TransformerMap = keyof typeof maps;

/** Names of the maps, the usual one first. */
const transformerMaps = Object.keys(maps) as TransformerMap[];

/**
 * A localization network computes a map, and the image is sampled through it: [C, rows, columns]
 * → the same shape. Initially the map is the identity. The shapes in the comments are those for an image
 * of [1, 28, 28] and an affine map.
 *
 * @param convolution the layers of the localization network; default `conv2d`
 * @param map `affine` (default, 6 numbers), `projective` (8) or `thin-plate`, a spline through 4×4 points (32)
 *
 * Paper: Jaderberg et al., "Spatial Transformer Networks", NeurIPS 2015.
 * @example
 * const upright = spatialTransformer(image); // [1, 28, 28]
 * const logProbabilities = classifier(upright, 10);
 */
export function spatialTransformer(
  image: Tensor,
  convolution: Convolution = conv2d,
  map: TransformerMap = "affine",
): Tensor {
  checkTensor("spatialTransformer", image);
  checkFunction("spatialTransformer", "convolution", convolution);
  checkChoice("spatialTransformer", "map", map, transformerMaps);
  const { grid, identity } = maps[map];
  let x = convolution(image, "localization.0", { outChannels: 8, kernelSize: 7 }); // [8, 22, 22]
  x = relu(maxPool2d(x, 2)); // [8, 11, 11]
  x = convolution(x, "localization.3", { outChannels: 10, kernelSize: 5 }); // [10, 7, 7]
  x = relu(maxPool2d(x, 2)); // [10, 3, 3]
  x = relu(linear(flatten(x), "fc_loc.0", { outFeatures: 32 })); // [32]
  const theta = linear(x, "fc_loc.2", {
    outFeatures: identity.length,
    initialization: [ZERO, { kind: "values", values: identity }],
  }); // [6]
  const [, rows, columns] = mapShape("spatialTransformer", image.shape);
  return gridSample(image, grid(theta, { rows, columns })); // [1, 28, 28]
}
