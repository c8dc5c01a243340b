import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeParameters } from "../../src/engine/parameter-layout.js";
import { compile } from "../../src/engine/plan.js";
import { planSteps } from "../../src/engine/steps.js";
import { affineGrid } from "../../src/graph/ops/affine-grid.js";
import { conv2d } from "../../src/graph/ops/conv2d.js";
import { coordConv2d } from "../../src/graph/ops/coord-conv2d.js";
import { dropout2d } from "../../src/graph/ops/dropout2d.js";
import { gridSample } from "../../src/graph/ops/grid-sample.js";
import { maxPool2d } from "../../src/graph/ops/max-pool2d.js";
import { relu } from "../../src/graph/ops/relu.js";
import { fusedCases } from "./cases/convolution.js";
import { deviation, expectAgreement } from "./compare.js";
import { type BatchResult, engineExecutors, referenceExecutor } from "./executors.js";
import { buildGraph, type OpCase, pose } from "./op-case.js";
import { fixed } from "./random.js";

const all = (length: number) => Array.from({ length }, (_, id) => id);

describe("convolution, pooling and ReLU in one kernel", () => {
  it("is one step, and its parts are steps where every node is kept", () => {
    for (const opCase of fusedCases) {
      const graph = buildGraph(opCase);
      expect(planSteps(graph, new Set()).length).toBe(2);
      expect(planSteps(graph, new Set(all(graph.nodes.length))).length).toBe(graph.nodes.length);
    }
  });

  it("is not fused where pooling has another window or the map has a second reader", () => {
    const pooled = (window: number): OpCase => ({
      name: "",
      inputs: [[1, 9, 9]],
      build: (x) => relu(maxPool2d(conv2d(x, "conv", { outChannels: 2, kernelSize: 2 }), window)),
    });
    expect(planSteps(buildGraph(pooled(2)), new Set()).length).toBe(2);
    expect(planSteps(buildGraph(pooled(3)), new Set()).length).toBe(4);
    const graph = buildGraph(pooled(2));
    const second = { ...graph.nodes[1]!, id: 4 };
    const read = { ...graph, nodes: [...graph.nodes, { ...second, op: "relu", inputs: [1] }] };
    expect(planSteps(read as typeof graph, new Set()).length).toBe(5);
  });

  describe.each(engineExecutors)("$name", (executor) => {
    it.each(fusedCases)("fused: $name", async (opCase) => {
      const problem = pose(opCase);
      expectAgreement(await executor.run(problem), await referenceExecutor.run(problem));
    });

    it.each(fusedCases)("in parts: $name", async (opCase) => {
      const problem = pose(opCase);
      const kept = all(problem.graph.nodes.length);
      const parts = await executor.run(problem, { kept });
      expectAgreement(parts, await referenceExecutor.run(problem));
      expectAgreement(await executor.run(problem), parts);
    });

    it("gives a tie to the first of the window, as in parts", async () => {
      const opCase: OpCase = {
        ...fusedCases[0]!,
        inputs: [[1, 6, 6]],
        // A constant map makes every window a tie.
        fills: [(count) => new Float64Array(count).fill(0.5)],
        build: (x) => relu(maxPool2d(conv2d(x, "conv", { outChannels: 12, kernelSize: 3 }), 2)),
      };
      const problem = pose(opCase);
      const expected = await referenceExecutor.run(problem);
      expectAgreement(await executor.run(problem), expected);
      expect(deviation(expected[0]!.inputGradients[0]![0]!, new Float64Array(36))).not.toBe(0);
    });

    it("passes on NaN", async () => {
      const problem = pose(fusedCases.find(({ name }) => name.includes("→13"))!);
      const bias = problem.parameters.get("conv.bias")!.values;
      bias[2] = NaN;
      bias[12] = NaN;
      const [expected] = await referenceExecutor.run(problem);
      const [ours] = await executor.run(problem);
      const isNumber = (values: ArrayLike<number>) => Array.from(values, (x) => !Number.isNaN(x));
      expected!.outputs.forEach((output, image) => {
        expect(isNumber(ours!.outputs[image]!)).toEqual(isNumber(output));
        expect(isNumber(output)).toContain(false);
      });
    });

    it("equals the reference where background is left out", async () => {
      await fc.assert(
        fc.asyncProperty(anyPicture, fc.boolean(), async (picture, coordinates) => {
          const problem = pose(convolvedPicture(picture, coordinates ? coordConv2d : conv2d));
          expectAgreement(await executor.run(problem), await referenceExecutor.run(problem), 3e-5);
        }),
        { numRuns: 40, seed: 1 },
      );
    });

    it("equals the reference on samplings of a picture", async () => {
      await fc.assert(
        fc.asyncProperty(anyPicture, anyMap, async (picture, theta) => {
          const problem = pose(sampledPicture(picture, theta));
          const [ours] = await executor.run(problem);
          const [expected] = await referenceExecutor.run(problem);
          expect(deviation(ours!.outputs[0]!, expected!.outputs[0]!)).toBeLessThan(3e-5);
        }),
        { numRuns: 25, seed: 1 },
      );
    });

    it.each([NaN, Infinity])(
      "passes on a weight of %d where the image is background",
      async (value) => {
        const picture: Picture = {
          ...{ rows: 28, columns: 28, outChannels: 10, kernelSize: 5, padding: 0 },
          background: 1.5,
          pixels: [[14, 14, 0.25]],
        };
        const problem = pose(convolvedPicture(picture, conv2d));
        // Tap 0, 3 of channel 1 and tap 4, 4 of channel 9.
        const weight = problem.parameters.get("conv.weight")!.values;
        weight[1 * 25 + 3] = value;
        weight[9 * 25 + 24] = value;
        const [batch] = await executor.run(problem);
        const finite = Array.from({ length: 10 }, (_, channel) =>
          Array.from(batch!.outputs[0]!)
            .slice(channel * 144, (channel + 1) * 144)
            .filter(Number.isFinite),
        );
        expect(finite.map(({ length }) => length)).toEqual([144, 0, ...Array(7).fill(144), 0]);
      },
    );

    it("equals the reference for any sizes", async () => {
      await fc.assert(
        fc.asyncProperty(anyBlock, fc.nat(1e6), async (opCase, seed) => {
          const problem = pose(opCase, seed);
          expectAgreement(await executor.run(problem), await referenceExecutor.run(problem), 3e-5);
        }),
        { numRuns: 25, seed: 1 },
      );
    });
  });
});

describe("tiles of 5×5 kernels, for any sizes", () => {
  it.each(engineExecutors)("equal the reference: $name", async (executor) => {
    await fc.assert(
      fc.asyncProperty(anyTiledBlock, fc.nat(1e6), async (opCase, seed) => {
        const problem = pose(opCase, seed);
        expectAgreement(await executor.run(problem), await referenceExecutor.run(problem), 1e-4);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it.each([
    { windows: [5, 5], kernels: ["WinogradConvPoolForward", "ConvPoolCorner"] },
    { windows: [6, 5], kernels: ["WinogradConvPoolForward", "ConvPoolCorner"] },
    { windows: [2, 9], kernels: ["WinogradConvPoolForward", "ConvPoolCorner"] },
    { windows: [4, 4], kernels: ["WinogradConvPoolForward"] },
    { windows: [2, 2], kernels: ["ConvPoolForward"] },
  ])(
    "a last tile by itself is summed directly: windows $windows",
    async ({ windows: [rows, columns], kernels }) => {
      const sizes = { extraRows: 2 * rows! - 1, extraColumns: 2 * columns! };
      for (const p of [undefined, 0.5])
        for (const coordinates of [false, true]) {
          const problem = pose(tiledBlock({ ...smallTiles, ...sizes, p, coordinates }));
          const { graph } = problem;
          const use = { training: true, objective: "values", update: false } as const;
          const plan = compile(graph, 1, placeParameters(graph), 0, use);
          const names = plan.phases.flatMap(({ calls }) => calls.map(({ kernel }) => kernel));
          expect(names.filter((name) => /ConvPool/.test(name))).toEqual(kernels);
          const expected = await referenceExecutor.run(problem);
          for (const executor of engineExecutors) {
            expectAgreement(await executor.run(problem), expected, 1e-4);
          }
        }
    },
  );

  it.each(engineExecutors)("round less than 10 times as much as sums: $name", async (executor) => {
    const sizes = { ...smallTiles, inChannels: 10, outChannels: 20, extraRows: 7, extraColumns: 7 };
    const problem = pose(tiledBlock({ ...sizes, p: undefined }));
    const expected = await referenceExecutor.run(problem);
    const kept = all(problem.graph.nodes.length);
    const tiled = outputDeviation(await executor.run(problem), expected);
    const summed = outputDeviation(await executor.run(problem, { kept }), expected);
    expect(tiled / summed).toBeGreaterThan(1);
    expect(tiled / summed).toBeLessThan(10);
  });

  it.each(engineExecutors)("pass on NaN: $name", async (executor) => {
    const problem = pose(tiledBlock({ ...smallTiles, p: undefined, images: 1 }));
    problem.parameters.get("conv.weight")!.values[7] = NaN;
    const [ours] = await executor.run(problem);
    const [first, ...others] = channelsOf(ours!.outputs[0]!, smallTiles.outChannels);
    expect(first!.every((x) => Number.isNaN(x))).toBe(true);
    expect(others.flat().every((x) => Number.isFinite(x))).toBe(true);
  });
});

/** An image that is background but for some pixels, and a layer. */
interface Picture {
  readonly rows: number;
  readonly columns: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly padding: number;
  readonly background: number;
  readonly pixels: readonly (readonly [row: number, column: number, value: number])[];
}

const anySide = fc.oneof(fc.integer({ min: 16, max: 40 }), fc.constantFrom(15, 28, 64, 65, 70));

const anyPicture: fc.Arbitrary<Picture> = fc.record({
  kernelSize: fc.integer({ min: 1, max: 9 }),
  rows: fc.oneof(anySide, fc.integer({ min: 10, max: 16 })),
  columns: anySide,
  outChannels: fc.integer({ min: 1, max: 21 }),
  padding: fc.constantFrom(0, 0, 1, 2, 5),
  background: fc.constantFrom(0, -0, -0.42421296, 1.5),
  pixels: fc.array(fc.tuple(fc.nat(69), fc.nat(69), fc.constantFrom(0, -0, 0.25, 2)), {
    maxLength: 40,
  }),
});

/** Maps that turn, enlarge and shift a picture, so that some positions lie outside. */
const anyMap: fc.Arbitrary<readonly number[]> = fc.tuple(
  ...[0.9, 0.1, 0, -0.1, 0.9, 0].map((mean) =>
    fc.double({ min: mean - 0.3, max: mean + 0.3, noNaN: true }).map(Math.fround),
  ),
);

function convolutionOf({ outChannels, kernelSize, padding }: Picture) {
  return { outChannels, kernelSize, padding };
}

function convolvedPicture(picture: Picture, op: typeof conv2d): OpCase {
  const { rows, columns } = picture;
  return {
    name: JSON.stringify(picture),
    inputs: [[1, rows, columns]],
    images: 1,
    fills: [(count) => paint(picture, new Float64Array(count), columns)],
    build: (x) => relu(maxPool2d(op(x, "conv", convolutionOf(picture)), 2)),
  };
}

function sampledPicture(picture: Picture, theta: readonly number[]): OpCase {
  const { rows, columns } = picture;
  return {
    ...convolvedPicture(picture, conv2d),
    inputs: [[1, rows, columns], [6]],
    fills: [(count) => paint(picture, new Float64Array(count), columns), fixed(theta)],
    build(x, map) {
      const sampled = gridSample(x, affineGrid(map, { rows, columns }));
      return relu(maxPool2d(conv2d(sampled, "conv", convolutionOf(picture)), 2));
    },
  };
}

function paint({ rows, background, pixels }: Picture, image: Float64Array, columns: number) {
  image.fill(background);
  for (const [row, column, value] of pixels) {
    if (row < rows && column < columns) image[row * columns + column] = value;
  }
  return image;
}

interface TiledBlock {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly extraRows: number;
  readonly extraColumns: number;
  readonly p: number | undefined;
  readonly coordinates: boolean;
  readonly images: number;
}

const smallTiles: TiledBlock = {
  inChannels: 5,
  outChannels: 3,
  extraRows: 3,
  extraColumns: 5,
  p: 0.5,
  coordinates: false,
  images: 3,
};

/** A block with enough channels and positions for tiles of 4×4 positions. */
function tiledBlock(sizes: TiledBlock): OpCase {
  const { inChannels, extraRows, extraColumns, p, coordinates } = sizes;
  return {
    name: JSON.stringify(sizes),
    inputs: [[inChannels, 5 + extraRows, 5 + extraColumns]],
    images: sizes.images,
    training: true,
    build(x) {
      const attributes = { outChannels: sizes.outChannels, kernelSize: 5 };
      const y = (coordinates ? coordConv2d : conv2d)(x, "conv", attributes);
      return relu(maxPool2d(p === undefined ? y : dropout2d(y, p), 2));
    },
  };
}

const anyTiledBlock: fc.Arbitrary<OpCase> = fc
  .record({
    inChannels: fc.integer({ min: 4, max: 23 }),
    outChannels: fc.integer({ min: 1, max: 21 }),
    extraRows: fc.integer({ min: 3, max: 14 }),
    extraColumns: fc.integer({ min: 3, max: 14 }),
    p: fc.constantFrom(undefined, 0.3, 0.8),
    coordinates: fc.boolean(),
    images: fc.integer({ min: 1, max: 3 }),
  })
  .map(tiledBlock);

/** Mean of the outputs' differences. */
function outputDeviation(ours: readonly BatchResult[], expected: readonly BatchResult[]): number {
  const values = (batches: readonly BatchResult[]) =>
    batches.flatMap(({ outputs }) => outputs.flatMap((output) => Array.from(output)));
  const theirs = values(expected);
  const differences = values(ours).map((value, at) => Math.abs(value - theirs[at]!));
  return differences.reduce((sum, x) => sum + x, 0) / differences.length;
}

function channelsOf(values: ArrayLike<number>, channels: number): number[][] {
  const plane = values.length / channels;
  return Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: plane }, (_, at) => values[channel * plane + at]!),
  );
}

/** A random convolution block, with or without its parts. */
const anyBlock: fc.Arbitrary<OpCase> = fc
  .record({
    inChannels: fc.integer({ min: 1, max: 9 }),
    outChannels: fc.integer({ min: 1, max: 21 }),
    kernelSize: fc.integer({ min: 1, max: 5 }),
    extraRows: fc.integer({ min: 1, max: 6 }),
    extraColumns: fc.integer({ min: 1, max: 6 }),
    p: fc.constantFrom(undefined, 0.3, 0.8),
    pools: fc.boolean(),
    coordinates: fc.boolean(),
    batchSize: fc.integer({ min: 1, max: 6 }),
    images: fc.integer({ min: 1, max: 7 }),
  })
  .map((sizes) => ({
    name: JSON.stringify(sizes),
    inputs: [
      [sizes.inChannels, sizes.kernelSize + sizes.extraRows, sizes.kernelSize + sizes.extraColumns],
    ],
    images: sizes.images,
    batchSize: sizes.batchSize,
    training: true,
    build(x) {
      const { outChannels, kernelSize } = sizes;
      let y = (sizes.coordinates ? coordConv2d : conv2d)(x, "conv", { outChannels, kernelSize });
      if (sizes.p !== undefined) y = dropout2d(y, sizes.p);
      return sizes.pools ? relu(maxPool2d(y, 2)) : y;
    },
  }));
