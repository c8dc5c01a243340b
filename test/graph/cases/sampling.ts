import { affineGrid } from "../../../src/graph/ops/affine-grid.js";
import { gridSample } from "../../../src/graph/ops/grid-sample.js";
import { interpolate } from "../../../src/graph/ops/interpolate.js";
import { projectiveGrid } from "../../../src/graph/ops/projective-grid.js";
import { thinPlateSplineGrid } from "../../../src/graph/ops/thin-plate-spline-grid.js";
import type { OpCase } from "../op-case.js";
import { type Fill, fixed, type Random, uniform } from "../random.js";
import type { OpCases } from "./index.js";

const extents = [
  [1, 1],
  [1, 4],
  [5, 1],
  [2, 3],
  [7, 10],
] as const;

const affineGridCases: readonly OpCase[] = [true, false].flatMap((alignCorners) =>
  extents.map(([rows, columns]) => ({
    name: `${rows}×${columns}, alignCorners ${alignCorners}`,
    inputs: [[6]],
    build: (theta: Parameters<typeof affineGrid>[0]) =>
      affineGrid(theta, { rows, columns, alignCorners }),
  })),
);

interface Sampling {
  readonly channels: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly alignCorners: boolean;
}

/** The coordinate in −1..1 of a pixel position. */
function coordinate(position: number, extent: number, alignCorners: boolean): number {
  if (!alignCorners) return (2 * position + 1) / extent - 1;
  return extent === 1 ? 0 : (2 * position) / (extent - 1) - 1;
}

/** Positions in the map and up to two pixels outside, at least 0.1 from an integer: no kink near. */
function gridInside([rows, columns]: readonly [number, number], alignCorners: boolean): Fill {
  const position = (extent: number, random: Random) => {
    const cell = Math.floor(random() * (extent + 4)) - 2;
    return Math.fround(coordinate(cell + 0.1 + 0.8 * random(), extent, alignCorners));
  };
  return (count, random) =>
    Float64Array.from({ length: count }, (_, i) =>
      position(i < count / 2 ? columns : rows, random),
    );
}

function sampling({ channels, from, to, alignCorners }: Sampling): OpCase {
  return {
    name: `${channels} channels, ${from.join("×")} → ${to.join("×")}, alignCorners ${alignCorners}`,
    inputs: [
      [channels, ...from],
      [2, ...to],
    ],
    fills: [uniform(), gridInside(from, alignCorners)],
    build: (x, grid) => gridSample(x, grid, { alignCorners }),
  };
}

/** Sampling with what lies outside, at positions up to two pixels outside. */
const paddingCases: readonly OpCase[] = (["border", "reflection"] as const).flatMap((paddingMode) =>
  [true, false].flatMap((alignCorners) =>
    [1, 3, 4, 6].map(
      (channels): OpCase => ({
        ...sampling({ channels, from: [5, 7], to: [4, 6], alignCorners }),
        name: `${paddingMode}, ${channels} channels, alignCorners ${alignCorners}`,
        build: (x, grid) => gridSample(x!, grid!, { alignCorners, paddingMode }),
      }),
    ),
  ),
);

/** Every pair of the coordinates, x then y. */
function pairs(coordinates: readonly number[]): Fill {
  const x = coordinates.flatMap(() => coordinates);
  const y = coordinates.flatMap((value) => coordinates.map(() => value));
  return fixed([...x, ...y]);
}

const gridSampleCases: readonly OpCase[] = [
  ...[true, false].flatMap((alignCorners) =>
    [1, 3, 5].flatMap((channels) => [
      sampling({ channels, from: [5, 7], to: [5, 7], alignCorners }),
      sampling({ channels, from: [4, 3], to: [2, 6], alignCorners }),
    ]),
  ),
  sampling({ channels: 2, from: [1, 1], to: [3, 3], alignCorners: false }),
  sampling({ channels: 17, from: [4, 3], to: [2, 6], alignCorners: false }),
  ...paddingCases,
  ...[true, false].map((alignCorners) => ({
    name: `an image through the affine grid of its own theta, alignCorners ${alignCorners}`,
    inputs: [[3, 6, 9], [6]],
    fills: [uniform(), fixed([0.83, 0.21, 0.07, -0.17, 0.91, -0.11])],
    build(x: Parameters<typeof gridSample>[0], theta: Parameters<typeof affineGrid>[0]) {
      const grid = affineGrid(theta, { rows: 6, columns: 9, alignCorners });
      return gridSample(x, grid, { alignCorners });
    },
  })),
  {
    name: "at pixel centres and on the border, alignCorners true",
    inputs: [
      [2, 5, 5],
      [2, 5, 5],
    ],
    fills: [uniform(), pairs([-1, -0.5, 0, 0.5, 1])],
    notDifferentiable: "the gradient by the grid jumps at pixel centres",
    build: (x, grid) => gridSample(x, grid, { alignCorners: true }),
  },
  {
    name: "at pixel centres, on the border and outside, alignCorners false",
    inputs: [
      [2, 4, 4],
      [2, 6, 6],
    ],
    fills: [uniform(), pairs([-1.5, -0.75, -0.25, 0.25, 0.75, 1.25])],
    notDifferentiable: "the gradient by the grid jumps at pixel centres",
    build: (x, grid) => gridSample(x, grid),
  },
  {
    name: "far outside",
    inputs: [
      [3, 4, 5],
      [2, 3, 3],
    ],
    fills: [uniform(), pairs([-1e9, 0.1, 1e9])],
    notDifferentiable: "a step of 1e-5 is lost in a coordinate of 1e9",
    build: (x, grid) => gridSample(x, grid),
  },
];

const projectiveGridCases: readonly OpCase[] = [true, false].flatMap((alignCorners) =>
  [8, 9].flatMap((count) =>
    extents.map(([rows, columns]) => ({
      name: `${count} numbers, ${rows}×${columns}, alignCorners ${alignCorners}`,
      inputs: [[count]],
      fills: [fixed([0.9, 0.2, 0.1, -0.2, 0.8, 0.3, 0.15, -0.1, 1.2])],
      build: (theta: Parameters<typeof projectiveGrid>[0]) =>
        projectiveGrid(theta, { rows, columns, alignCorners }),
    })),
  ),
);

const splineCases: readonly OpCase[] = [true, false].flatMap((alignCorners) =>
  [2, 3, 4].flatMap((side) =>
    extents.map(([rows, columns]) => ({
      name: `${side}×${side} points, ${rows}×${columns}, alignCorners ${alignCorners}`,
      inputs: [[2 * side * side]],
      build: (theta: Parameters<typeof thinPlateSplineGrid>[0]) =>
        thinPlateSplineGrid(theta, { rows, columns, alignCorners }),
    })),
  ),
);

const sizes: readonly Parameters<typeof interpolate>[1][] = [
  { size: [6, 4] },
  { size: 2 },
  { size: 1 },
  { scaleFactor: 2 },
  { scaleFactor: [0.5, 1.7] },
];

const interpolateCases: readonly OpCase[] = (
  [{ mode: "nearest" }, { mode: "bilinear" }, { mode: "bilinear", alignCorners: true }] as const
).flatMap((mode) =>
  sizes.flatMap((size) =>
    [1, 3, 4, 6].map((channels) => ({
      name: `${JSON.stringify({ ...mode, ...size })}, ${channels} channels`,
      inputs: [[channels, 5, 3]],
      build: (x: Parameters<typeof interpolate>[0]) => interpolate(x, { ...mode, ...size }),
    })),
  ),
);

export const cases: OpCases = {
  interpolate: interpolateCases,
  projectiveGrid: projectiveGridCases,
  thinPlateSplineGrid: splineCases,
  affineGrid: affineGridCases,
  gridSample: gridSampleCases,
};
