import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { imageInput } from "../../src/graph/inputs.js";
import { elu, gelu, leakyRelu, sigmoid, silu, type Tensor, tanh } from "../../src/index.js";
import { executors } from "./executors.js";
import { pose } from "./op-case.js";

/** Written by `bench/cross-check/activations.py`. */
const pytorch: {
  readonly x: readonly number[];
  readonly activations: Readonly<Record<string, { y: number[]; slope: number[] }>>;
} = JSON.parse(readFileSync(new URL("pytorch-activations.json", import.meta.url), "utf8"));

const builds: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sigmoid,
  tanh,
  silu,
  leakyRelu: (x) => leakyRelu(x),
  "leakyRelu 0.3": (x) => leakyRelu(x, { negativeSlope: 0.3 }),
  elu: (x) => elu(x),
  "elu 0.4": (x) => elu(x, { alpha: 0.4 }),
  gelu: (x) => gelu(x),
  "gelu tanh": (x) => gelu(x, { approximate: "tanh" }),
};

it("takes no option that is infinite as float32", () => {
  const image = imageInput([1, 2, 2]);
  expect(() => leakyRelu(image, { negativeSlope: 1e300 })).toThrow(
    "leakyRelu: expected negativeSlope to be a finite number in float32's range, got 1e+300",
  );
  expect(() => elu(image, { alpha: -1e39 })).toThrow("in float32's range, got -1e+39");
});

describe.each(executors)("$name has PyTorch's activations, kinks at 0 included", (executor) => {
  it.each(Object.keys(pytorch.activations))("%s", async (name) => {
    const problem = pose({
      name,
      inputs: [[pytorch.x.length]],
      fills: [() => Float64Array.from(pytorch.x)],
      images: 1,
      batchSize: 1,
      build: (x) => builds[name]!(x!),
    });
    problem.cotangents[0]!.fill(1);
    const [batch] = await executor.run(problem);
    const { y, slope } = pytorch.activations[name]!;
    expectNear(batch!.outputs[0]!, y, "value");
    expectNear(batch!.inputGradients[0]![0]!, slope, "gradient");
  });
});

function expectNear(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  for (const [at, value] of expected.entries()) {
    const error = Math.abs(found[at]! - value);
    const text = `${what} at x = ${pytorch.x[at]}: ${found[at]}, in PyTorch ${value}`;
    expect(error, text).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
  }
}
