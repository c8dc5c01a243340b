import { describe, expect, it } from "vitest";
import { planSteps } from "../../src/engine/steps.js";
import type { Tensor } from "../../src/graph/builder.js";
import { add } from "../../src/graph/ops/add.js";
import { linear, packedLinear } from "../../src/graph/ops/linear.js";
import { expectAgreement } from "./compare.js";
import { engineExecutors, referenceExecutor } from "./executors.js";
import { buildGraph, type OpCase, pose } from "./op-case.js";

interface Sizes {
  readonly features: number;
  readonly middle: number;
  readonly outFeatures: number;
  readonly innerBias?: boolean;
  readonly outerBias?: boolean;
  readonly map?: readonly number[];
}

function twoMaps({ map = [3, 4], ...sizes }: Sizes): OpCase {
  const { features, middle, outFeatures, innerBias = true, outerBias = true } = sizes;
  return {
    name: JSON.stringify(sizes),
    inputs: [[features, ...map]],
    build(x) {
      const y = linear(x, "inner", { outFeatures: middle, bias: innerBias });
      return linear(y, "outer", { outFeatures, bias: outerBias });
    },
  };
}

const names = { weight: "in_proj_weight", bias: "in_proj_bias" };

/** Slices of one packed weight, each behind a map of its own, as in the attention block. */
function slices(width: number, bias: boolean): OpCase {
  const projected = (x: Tensor, index: number) => {
    const own = linear(x, `own${index}`, { outFeatures: width, bias });
    return packedLinear(own, names, { index, slices: 3, outFeatures: width });
  };
  return {
    name: `three slices of ${width}, ${bias ? "with" : "without"} inner bias`,
    inputs: [[width, 2, 5]],
    build: (x) => add(projected(x, 0), add(projected(x, 1), projected(x, 2))),
  };
}

const fusedCases: readonly OpCase[] = [
  ...[1, 3, 4, 5, 13].flatMap((features) => [
    twoMaps({ features, middle: features, outFeatures: features }),
    twoMaps({ features, middle: features + 3, outFeatures: features + 1 }),
  ]),
  ...[true, false].flatMap((innerBias) =>
    [true, false].map((outerBias) =>
      twoMaps({ features: 6, middle: 5, outFeatures: 7, innerBias, outerBias }),
    ),
  ),
  slices(10, false),
  slices(5, true),
  {
    name: "two slices of one weight in a row",
    inputs: [[6, 2, 3]],
    build(x) {
      const first = packedLinear(x, names, { index: 2, slices: 3, outFeatures: 6 });
      return packedLinear(first, names, { index: 0, slices: 3, outFeatures: 6 });
    },
  },
  {
    ...twoMaps({ features: 5, middle: 5, outFeatures: 5 }),
    name: "more images than shards",
    images: 29,
    batchSize: 19,
  },
];

const all = (length: number) => Array.from({ length }, (_, id) => id);

function stepsOf(opCase: OpCase, kept: readonly number[] = []): number {
  return planSteps(buildGraph(opCase), new Set(kept)).length;
}

describe("two affine maps in one", () => {
  it("are one step, and two where the inner one's value is kept", () => {
    const opCase = twoMaps({ features: 4, middle: 4, outFeatures: 4 });
    expect(stepsOf(opCase)).toBe(2);
    expect(stepsOf(opCase, [2])).toBe(2);
    expect(stepsOf(opCase, [1])).toBe(3);
  });

  it("are two steps where the inner one is read elsewhere, is a bottleneck or is a vector", () => {
    const twiceRead: OpCase = {
      name: "",
      inputs: [[4, 2, 2]],
      build(x) {
        const inner = linear(x, "inner", { outFeatures: 4 });
        return add(inner, linear(inner, "outer", { outFeatures: 4 }));
      },
    };
    expect(stepsOf(twiceRead)).toBe(4);
    expect(stepsOf(twoMaps({ features: 8, middle: 3, outFeatures: 8 }))).toBe(3);
    expect(stepsOf(twoMaps({ features: 4, middle: 4, outFeatures: 4, map: [] }))).toBe(3);
  });

  describe.each(engineExecutors)("$name", (executor) => {
    it.each(fusedCases)("fused: $name", async (opCase) => {
      const problem = pose(opCase);
      const fused = await executor.run(problem);
      expectAgreement(fused, await referenceExecutor.run(problem));
      const kept = all(problem.graph.nodes.length);
      expectAgreement(fused, await executor.run(problem, { kept }));
    });

    it("has the same bits for any number of threads", async () => {
      const problem = pose({ ...slices(10, true), images: 40, batchSize: 24 });
      const alone = await executor.run(problem);
      for (const threads of [2, 3, 8]) {
        expect(await executor.run(problem, { threads })).toEqual(alone);
      }
    });
  });
});
