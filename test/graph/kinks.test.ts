import { describe, expect, it } from "vitest";
import { channelMax } from "../../src/graph/ops/channel-max.js";
import { coordConv2d } from "../../src/graph/ops/coord-conv2d.js";
import { globalMaxPool2d } from "../../src/graph/ops/global-max-pool2d.js";
import { gridSample } from "../../src/graph/ops/grid-sample.js";
import { logSoftmax } from "../../src/graph/ops/log-softmax.js";
import { maxPool2d } from "../../src/graph/ops/max-pool2d.js";
import { nll } from "../../src/graph/ops/nll.js";
import { relu } from "../../src/graph/ops/relu.js";
import { thinPlateSplineGrid } from "../../src/graph/ops/thin-plate-spline-grid.js";
import { type Executor, executors } from "./executors.js";
import { type OpCase, pose } from "./op-case.js";
import { fixed } from "./random.js";

/** Result of one image with given values and, if not all ones, cotangent. */
async function solve(
  executor: Executor,
  opCase: Omit<OpCase, "name" | "fills"> & {
    readonly values: readonly (readonly number[])[];
    readonly cotangent?: readonly number[];
    /** Values of parameters, instead of random ones. */
    readonly parameters?: Readonly<Record<string, readonly number[]>>;
  },
) {
  const { values, cotangent = [1], parameters = {} } = opCase;
  const problem = pose({ ...opCase, name: "", images: 1, fills: values.map(fixed) });
  for (const [name, given] of Object.entries(parameters)) {
    problem.parameters.get(name)!.values.set(given);
  }
  const size = problem.cotangents[0]!.length;
  const given = Float64Array.from({ length: size }, (_, i) => cotangent[i % cotangent.length]!);
  const [batch] = await executor.run({ ...problem, cotangents: [given] });
  return {
    output: [...Array.from(batch!.outputs[0]!)],
    gradients: batch!.inputGradients[0]!.map((gradient) => Array.from(gradient!)),
  };
}

describe.each(executors)("$name", (executor) => {
  it("relu: the gradient at 0 is 0", async () => {
    const { output, gradients } = await solve(executor, {
      inputs: [[5]],
      values: [[-1, -0, 0, 1e-30, 2]],
      cotangent: [3],
      build: relu,
    });
    expect(output.map((value) => value + 0)).toEqual([0, 0, 0, Math.fround(1e-30), 2]);
    expect(gradients[0]).toEqual([0, 0, 0, 3, 3]);
  });

  it("relu: NaN stays NaN", async () => {
    const { output } = await solve(executor, { inputs: [[2]], values: [[NaN, 1]], build: relu });
    expect(output).toEqual([NaN, 1]);
  });

  it("maxPool2d: of equal values the first in row-major order gets the gradient", async () => {
    const { output, gradients } = await solve(executor, {
      inputs: [[1, 2, 8]],
      values: [
        [
          [7, 7, 1, 2, 1, 1, 0, 0],
          [7, 7, 2, 2, 1, 5, 0, 0],
        ].flat(),
      ],
      cotangent: [1, 2, 3, 4],
      build: (x) => maxPool2d(x, 2),
    });
    expect(output).toEqual([7, 2, 5, 0]);
    expect(gradients[0]).toEqual(
      [
        [1, 0, 0, 2, 0, 0, 4, 0],
        [0, 0, 0, 0, 0, 3, 0, 0],
      ].flat(),
    );
  });

  it("gridSample: at a pixel's centre it reads that pixel", async () => {
    const x = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const { output } = await solve(executor, {
      inputs: [
        [1, 3, 3],
        [2, 1, 4],
      ],
      values: [x, [-1, 0, 1, 1, -1, 0, -1, 1]],
      build: (map, grid) => gridSample(map!, grid!, { alignCorners: true }),
    });
    expect(output).toEqual([1, 5, 3, 9]);
  });

  it("gridSample: at a centre the gradient is that of the cell to the right and below", async () => {
    const { gradients } = await solve(executor, {
      inputs: [
        [1, 3, 3],
        [2, 1, 1],
      ],
      values: [
        [1, 2, 4, 8, 16, 32, 64, 128, 256],
        [0, 0],
      ],
      build: (map, grid) => gridSample(map!, grid!, { alignCorners: true }),
    });
    // A pixel is 1 of the grid here: to the right 32 − 16, below 128 − 16.
    expect(gradients[1]).toEqual([16, 112]);
    expect(gradients[0]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it("gridSample: the border is −1 and 1, half a pixel past the outer centres without alignCorners", async () => {
    const { output, gradients } = await solve(executor, {
      inputs: [
        [1, 2, 2],
        [2, 1, 3],
      ],
      values: [
        [4, 8, 12, 16],
        [-1, 1, 0, -1, 1, -1],
      ],
      build: (map, grid) => gridSample(map!, grid!),
    });
    // A quarter of the corner, the rest is outside; in the middle of the upper edge half of (4 + 8) / 2.
    expect(output).toEqual([1, 4, 3]);
    expect(gradients[0]).toEqual([0.5, 0.25, 0, 0.25]);
  });

  it("gridSample: within an image, between equal pixels, it is their value in every bit", async () => {
    const value = Math.fround(-0.42421296);
    const positions = Array.from({ length: 128 }, (_, i) => Math.sin(i) * 0.8);
    const { output } = await solve(executor, {
      inputs: [
        [1, 8, 8],
        [2, 8, 8],
      ],
      values: [[value], positions],
      build: (map, grid) => gridSample(map!, grid!),
    });
    expect(output.map(Math.fround)).toEqual(new Array(64).fill(value));
  });

  it("gridSample: outside it reads 0 and has no gradient; where a position is not finite, both are NaN", async () => {
    const x = [3, -1e9, 1e9, 3e38, -Infinity, Infinity, NaN];
    const y = [0, 0.1, 1e9, 0, 0, 0.3, 0.2];
    const { output, gradients } = await solve(executor, {
      inputs: [
        [2, 4, 4],
        [2, 1, 7],
      ],
      values: [[1], [...x, ...y]],
      build: (map, grid) => gridSample(map!, grid!),
    });
    // 3e38 · 4 is infinite in float32.
    const each = [0, 0, 0, NaN, NaN, NaN, NaN];
    expect(output).toEqual([...each, ...each]);
    expect(gradients[0]).toEqual(new Array(32).fill(0));
    expect(gradients[1]!.map((g) => g + 0)).toEqual([...each, ...each]);
  });

  it("gridSample: far outside, or at NaN, in one direction only", async () => {
    const { output, gradients } = await solve(executor, {
      inputs: [
        [1, 2, 2],
        [2, 1, 2],
      ],
      values: [[1], [0, 1e9, NaN, 0]],
      build: (map, grid) => gridSample(map!, grid!),
    });
    expect(output).toEqual([NaN, 0]);
    expect(gradients[1]!.map((g) => g + 0)).toEqual([NaN, 0, NaN, 0]);
  });

  it("coordConv2d: rows, then columns, from −1 to 1 inclusive; one of one is −1", async () => {
    // Three channels of a 1×1 kernel: the map's own value, its row, its column.
    const parameters = { "conv.weight": [1, 0, 0, 0, 1, 0, 0, 0, 1], "conv.bias": [0, 0, 0] };
    const build: OpCase["build"] = (x) =>
      coordConv2d(x!, "conv", { outChannels: 3, kernelSize: 1 });
    const given = { values: [[9]], parameters, build };
    const wide = await solve(executor, { ...given, inputs: [[1, 2, 3]] });
    expect(wide.output).toEqual([9, 9, 9, 9, 9, 9, -1, -1, -1, 1, 1, 1, -1, 0, 1, -1, 0, 1]);
    const column = await solve(executor, { ...given, inputs: [[1, 3, 1]] });
    expect(column.output).toEqual([9, 9, 9, -1, 0, 1, -1, -1, -1]);
    const row = await solve(executor, { ...given, inputs: [[1, 1, 2]] });
    expect(row.output).toEqual([9, 9, -1, -1, -1, 1]);
    expect(row.gradients[0]).toEqual([1, 1]);
  });

  it("thinPlateSplineGrid: the lattice itself is the identity, and moves are followed", async () => {
    const corners = [-1, 0, 1, -1, 0, 1, -1, 0, 1];
    const rows = [-1, -1, -1, 0, 0, 0, 1, 1, 1];
    const given = {
      inputs: [[18]],
      build: (theta: Parameters<typeof thinPlateSplineGrid>[0]) =>
        thinPlateSplineGrid(theta, { rows: 3, columns: 3, alignCorners: true }),
    };
    const same = await solve(executor, { ...given, values: [[...corners, ...rows]] });
    for (const [at, value] of same.output.entries()) {
      expect(value).toBeCloseTo([...corners, ...rows][at]!, 5);
    }
    const moved = [0.3, ...corners.slice(1)];
    const { output } = await solve(executor, { ...given, values: [[...moved, ...rows]] });
    // At the control points the spline is what was asked for.
    for (const [at, value] of output.entries()) {
      expect(value).toBeCloseTo([...moved, ...rows][at]!, 5);
    }
  });

  it("channelMax and globalMaxPool2d: of equal values the first gets the gradient; NaN is the largest", async () => {
    const values = [[3, NaN, 3, 1, 5, NaN, 3, 7]];
    const channel = await solve(executor, { inputs: [[2, 2, 2]], values, build: channelMax });
    expect(channel.output).toEqual([5, NaN, 3, 7]);
    expect(channel.gradients[0]).toEqual([0, 1, 1, 0, 1, 0, 0, 1]);
    const global = await solve(executor, {
      inputs: [[2, 2, 2]],
      values: [[3, 1, 3, 1, 5, NaN, 3, 7]],
      build: globalMaxPool2d,
    });
    expect(global.output).toEqual([3, NaN]);
    expect(global.gradients[0]).toEqual([1, 0, 0, 0, 0, 1, 0, 0]);
  });

  it("gridSample: beyond a border it reads the edge without a gradient; a reflection reads backwards", async () => {
    const sample = (paddingMode: "border" | "reflection", alignCorners: boolean) =>
      solve(executor, {
        inputs: [
          [1, 1, 4],
          [2, 1, 4],
        ],
        values: [
          [1, 2, 4, 8],
          [-2, 2, 9, NaN, 0, 0, 0, 0],
        ],
        build: (map, grid) => gridSample(map!, grid!, { paddingMode, alignCorners }),
      });
    const border = await sample("border", false);
    expect(border.output).toEqual([1, 8, 8, 1]);
    expect(border.gradients[1]!.map((g) => g + 0)).toEqual(new Array(8).fill(0));
    const reflection = await sample("reflection", false);
    // −2 is pixel −2.5, which mirrors to 1.5; 2 is 5.5, which mirrors to 1.5; 9 is 19.5, of period 8: 3.5, at the edge.
    expect(reflection.output).toEqual([3, 3, 8, 1]);
    expect(reflection.gradients[1]!.slice(0, 4).map((g) => g + 0)).toEqual([-4, -4, 0, 0]);
  });

  it("logSoftmax: scores whose exponentials overflow or vanish", async () => {
    const { output } = await solve(executor, {
      inputs: [[3]],
      values: [[1000, 1000, -1000]],
      build: (x) => logSoftmax(x!),
    });
    expect(output[0]).toBeCloseTo(-Math.LN2, 6);
    expect(output[1]).toBeCloseTo(-Math.LN2, 6);
    expect(output[2]).toBeCloseTo(-2000 - Math.LN2, 3);
  });

  it("nll: minus the value of the image's class", async () => {
    const { output, gradients } = await solve(executor, {
      inputs: [[3]],
      values: [[-5, -6, -7]],
      cotangent: [2],
      build: (x) => nll(x!),
    });
    expect(output).toEqual([5]);
    expect(gradients[0]!.map((g) => g + 0)).toEqual([-2, 0, 0]);
  });
});
