import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Conv2dOptions, conv2d } from "../../src/graph/ops/conv2d.js";
import { deviation } from "./compare.js";
import { executors } from "./executors.js";
import { pose } from "./op-case.js";

interface Recorded {
  readonly cases: readonly {
    readonly shape: readonly number[];
    readonly options: Conv2dOptions;
    readonly y: readonly number[];
    /** With respect to the input, the weight and, where there is one, the bias. */
    readonly gradients: readonly (readonly number[])[];
  }[];
}

/** Written by bench/cross-check/convolutions.py. */
const pytorch: Recorded = JSON.parse(
  readFileSync(new URL("./pytorch-convolutions.json", import.meta.url), "utf8"),
);

/** The values that the script fills tensors with. */
const filled = (count: number) =>
  Float64Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 101 - 0.5);

describe.each(executors)("$name has PyTorch's convolutions", (executor) => {
  it.each(pytorch.cases)("$shape, $options", async ({ shape, options, y, gradients }) => {
    const problem = pose({
      name: "",
      inputs: [shape],
      fills: [filled],
      images: 1,
      batchSize: 1,
      build: (x) => conv2d(x!, "conv", options),
    });
    for (const { values } of problem.parameters.values()) values.set(filled(values.length));
    problem.cotangents[0]!.set(filled(problem.cotangents[0]!.length));
    const [batch] = await executor.run(problem);
    expect(deviation(batch!.outputs[0]!, y)).toBeLessThan(5e-6);
    const found = [batch!.inputGradients[0]![0]!, ...batch!.parameterGradients.values()];
    expect(found.length).toBe(gradients.length);
    found.forEach((each, at) => {
      expect(deviation(each, gradients[at]!)).toBeLessThan(5e-6);
    });
  });
});
