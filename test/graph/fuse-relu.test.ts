import { describe, expect, it } from "vitest";
import { planSteps } from "../../src/engine/steps.js";
import { add } from "../../src/graph/ops/add.js";
import { type Conv2dOptions, conv2d } from "../../src/graph/ops/conv2d.js";
import { relu } from "../../src/graph/ops/relu.js";
import { expectAgreement } from "./compare.js";
import { engineExecutors, referenceExecutor } from "./executors.js";
import { buildGraph, type OpCase, pose } from "./op-case.js";

const all = (length: number) => Array.from({ length }, (_, id) => id);

function convolved(channels: number, options: Conv2dOptions): OpCase {
  return {
    name: `conv2d of ${channels} channels, ${JSON.stringify(options)}`,
    inputs: [[channels, 6, 7]],
    build: (x) => relu(conv2d(x, "conv", options)),
  };
}

/** One for each family of kernels, with and without a last vector that is not whole. */
const convolutions: readonly OpCase[] = [
  ...[1, 3, 4, 5, 12, 13].map((outChannels) =>
    convolved(3, { outChannels, kernelSize: [1, 3], padding: [0, 1] }),
  ),
  convolved(4, { outChannels: 6, kernelSize: 2, stride: 2, bias: false }),
  ...[4, 6].map((outChannels) =>
    convolved(outChannels, { outChannels, kernelSize: 3, padding: 1, groups: outChannels }),
  ),
  convolved(9, { outChannels: 10, kernelSize: 3, padding: 1 }),
];

const sums: readonly OpCase[] = [
  ...[[5], [3, 2, 4], [4, 4, 4]].map(
    (shape): OpCase => ({
      name: `a sum of two [${shape.join(", ")}]`,
      inputs: [shape, shape],
      build: (a, b) => relu(add(a, b!)),
    }),
  ),
  {
    name: "a sum of a value and itself",
    inputs: [[4, 3, 3]],
    build: (x) => relu(add(x, x)),
  },
];

const fusedCases = [...convolutions, ...sums];

describe("ReLU after a convolution and after a sum", () => {
  it.each(fusedCases)("is one step: $name", (opCase) => {
    const graph = buildGraph(opCase);
    const inputs = opCase.inputs.length;
    expect(planSteps(graph, new Set()).length).toBe(inputs + 1);
    expect(planSteps(graph, new Set(all(graph.nodes.length))).length).toBe(graph.nodes.length);
  });

  it("stays apart where the value before it is read twice, and where operands differ in shape", () => {
    const twice: OpCase = {
      ...convolutions[0]!,
      build: (x) => {
        const y = conv2d(x, "conv", { outChannels: 2, kernelSize: 1 });
        return add(relu(y), y);
      },
    };
    const spread: OpCase = {
      name: "",
      inputs: [[3, 2, 2], [3]],
      build: (a, b) => relu(add(a, b!)),
    };
    const number: OpCase = { name: "", inputs: [[3, 2, 2]], build: (a) => relu(add(a, 1)) };
    for (const opCase of [twice, spread, number]) {
      const graph = buildGraph(opCase);
      expect(planSteps(graph, new Set()).length).toBe(graph.nodes.length);
    }
  });

  describe.each(engineExecutors)("$name", (executor) => {
    it.each(fusedCases)("equals the reference and its parts: $name", async (opCase) => {
      const problem = pose(opCase);
      const kept = all(problem.graph.nodes.length);
      const expected = await referenceExecutor.run(problem);
      expectAgreement(await executor.run(problem), expected);
      expectAgreement(await executor.run(problem, { kept }), expected);
    });

    it.each([convolutions[0]!, convolutions[7]!, sums[1]!])(
      "passes on NaN: $name",
      async (opCase) => {
        const values = (count: number) => new Float64Array(count).fill(NaN);
        const problem = pose({ ...opCase, fills: opCase.inputs.map(() => values) });
        const [batch] = await executor.run(problem);
        expect(Array.from(batch!.outputs[0]!).every(Number.isNaN)).toBe(true);
      },
    );
  });
});
