import { expect, test } from "vitest";
import { explain } from "../../src/bench/explain.js";
import { explainedText, shareOf } from "../../src/bench/explain-tables.js";
import { measureKernelCalls } from "../../src/bench/kernel-calls.js";
import { placeParameters } from "../../src/engine/parameter-layout.js";
import { compile } from "../../src/engine/plan.js";
import { withLoss } from "../../src/graph/with-loss.js";
import * as fovea from "../../src/index.js";

const image = { channels: 1, rows: 12, columns: 12, classes: 3 };

/** A network of a convolution and what follows it. */
function build(
  tail: (x: fovea.Tensor) => fovea.Tensor,
  options: Partial<Parameters<typeof fovea.conv2d>[2]> = {},
) {
  const network = fovea.defineModel("tiny", (x, { classes }) => {
    const map = fovea.conv2d(x, "conv", { outChannels: 4, kernelSize: 3, ...options });
    const features = fovea.flatten(tail(map));
    return fovea.linear(features, "fc", { outFeatures: classes });
  });
  return network.build(image);
}

const { maxPool2d, relu } = fovea;

test("two spellings of a network get the same plan", () => {
  const [first, second] = [
    build((x) => relu(maxPool2d(x, 2))),
    build((x) => maxPool2d(relu(x), 2)),
  ].map(({ graph }) => {
    const options = { training: true, objective: "loss", update: true } as const;
    const whole = withLoss(graph);
    const plan = compile(whole, 64, placeParameters(whole), 0, options);
    const words = (calls: typeof plan.prologue) => calls.map((call) => [call.kernel, call.words]);
    return [words(plan.prologue), plan.phases.map(({ calls }) => words(calls))];
  });
  expect(first).toEqual(second);
  const [training] = explain(build((x) => maxPool2d(relu(x), 2)));
  expect(training!.steps[1]).toMatchObject({
    ops: ["conv2d", "relu", "maxPool2d"],
    fusion: "convPoolRelu",
    notFused: [],
    inputs: [[1, 12, 12]],
    shape: [4, 5, 5],
    kernels: { forward: ["ConvPoolForward"], backward: ["ConvPoolBackward"] },
    bytes: 2 * 4 * 100,
    multiplyAdds: 9 * 400,
  });
});

test.each([
  ["pool of 3×3", build((x) => relu(maxPool2d(x, 3)))],
  ["pool with stride 1×1", build((x) => relu(maxPool2d(x, { kernelSize: 2, stride: 1 })))],
  ["pool with padding", build((x) => relu(maxPool2d(x, { kernelSize: 2, padding: 1 })))],
  ["kernel of 3×5", build((x) => relu(maxPool2d(x, 2)), { kernelSize: [3, 5] })],
  ["stride or dilation of more than 1", build((x) => relu(maxPool2d(x, 2)), { stride: 2 })],
  [
    "the map of relu is read twice",
    build((x) => {
      const map = relu(x);
      return fovea.add(fovea.interpolate(maxPool2d(map, 2), { scaleFactor: 2 }), map);
    }),
  ],
])("a convolution, pooling and ReLU are not fused: %s", (why, model) => {
  for (const { steps } of explain(model)) {
    expect(steps[1]).toMatchObject({ notFused: [{ fusion: "convPoolRelu", why }] });
    expect(steps[1]!.ops[0]).toBe("conv2d");
    expect(steps[1]!.ops).not.toContain("maxPool2d");
  }
  expect(explainedText(explain(model), undefined)).toContain(
    `not fused:\n  conv (conv2d): not convPoolRelu: ${why}\n`,
  );
});

test("batch norm is folded in evaluation, and says why not in training", () => {
  const [training, evaluation] = explain(build((x) => relu(fovea.batchNorm2d(x, "norm"))));
  const why = "batch norm depends on the batch in training";
  expect(training!.steps[1]!.notFused).toEqual([{ fusion: "convBatchNorm", why }]);
  expect(training!.steps[2]).toMatchObject({ fusion: "batchNormRelu" });
  expect(evaluation!.steps[1]).toMatchObject({ fusion: "convBatchNorm", notFused: [] });
});

test("calls of a plan with sums over the batch are measured", async () => {
  const model = build((x) => relu(fovea.batchNorm2d(x, "norm")));
  const data = fovea.digits({ train: 512, test: 64 });
  const own = fovea.defineModel("own", (x, { classes }) => {
    const map = fovea.conv2d(x, "conv", { outChannels: 2, kernelSize: 3, stride: 3 });
    const norm = relu(fovea.batchNorm2d(map, "norm"));
    return fovea.linear(fovea.globalAvgPool2d(norm), "fc", { outFeatures: classes });
  });
  const measured = await measureKernelCalls({ model: own, data });
  const steps = explain(own.build(data))[0]!.steps;
  for (const step of steps.slice(0, 3)) expect(shareOf(step, measured)).toBeGreaterThan(0);
  expect(measured.skipped).toContain("BatchNormCombine");
  expect(explain(model)[0]!.phases).toBe(6);
});

test("calls of one kernel for one layer are counted, and measured as one", async () => {
  const strided = fovea.defineModel("strided", (x, { classes }) => {
    const map = fovea.conv2d(x, "first", { outChannels: 2, kernelSize: 3 });
    const half = fovea.conv2d(map, "second", { outChannels: 2, kernelSize: 3, stride: 2 });
    return fovea.linear(fovea.globalAvgPool2d(half), "fc", { outFeatures: classes });
  });
  const data = fovea.digits({ train: 512, test: 64 });
  const text = explainedText(explain(strided.build(data)), undefined);
  // One for each remainder of row and column.
  expect(text).toMatch(/second .* back: DenseConvWeightGradient .*DenseConvForward ×4;/);
  const { calls } = await measureKernelCalls({ model: strided, data });
  const ofSecond = calls.filter(({ layer }) => layer === "second");
  expect(ofSecond.filter(({ kernel }) => kernel === "DenseConvForward").length).toBe(2);
});
