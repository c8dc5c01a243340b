import { expect, test } from "vitest";
import { callWork, layerWork, stepFacts } from "../../src/bench/call-work.js";
import type { ConvolutionWork } from "../../src/engine/fusions/conv-pool-work.js";
import type { Step } from "../../src/engine/step.js";
import { planSteps } from "../../src/engine/steps.js";
import type { Graph } from "../../src/graph/graph.js";
import type { KernelName } from "../../src/graph/kernel-calls.js";
import {
  type AttendedTokens,
  countDistinctTokens,
} from "../../src/graph/ops/scaled-dot-product-attention.js";
import type { SeenImage } from "../../src/graph/ops/work.js";
import { dropThreshold, randomBits } from "../../src/graph/philox.js";
import { graphOf } from "../models/graph-of.js";

const image = { channels: 1, rows: 28, columns: 28 };
const cnn = graphOf("cnn", image, 10);
const mha = graphOf("mha", image, 10);
const batchSize = 64;

function stepOf(graph: Graph, label: string): Step {
  return planSteps(graph, new Set()).find((step) => step.label === label)!;
}

/** Work of a call of the step with this label. */
function workOf(
  graph: Graph,
  label: string,
  kernel: KernelName,
  measured?: ConvolutionWork | AttendedTokens,
) {
  return callWork({ graph, batchSize }, { step: stepOf(graph, label), kernel }, measured);
}

/** What a fused convolution finds in an image. */
function measure(graph: Graph, step: Step, seen: Partial<SeenImage>): ConvolutionWork {
  const nothing: SeenImage = {
    input: (index) => new Float32Array(shapeSize(graph, step.inputs[index]!)).fill(index),
    output: () => new Float32Array(),
    outputGradient: () => new Float32Array(),
    keeps: () => true,
  };
  return step.work!.measure!(stepFacts(graph, step), { ...nothing, ...seen }) as ConvolutionWork;
}

function shapeSize(graph: Graph, node: number): number {
  return graph.nodes[node]!.shape.reduce((a, b) => a * b, 1);
}

function convolutionsOf(graph: Graph): Step[] {
  return planSteps(graph, new Set()).filter(({ fusion }) => fusion === "convPoolRelu");
}

test("a forward convolution computes live channels, padded to 4", () => {
  const convolution = { liveChannels: 9, maxima: 0, foreground: 1 };
  expect(workOf(cnn, "conv2", "ConvPoolForward", convolution)).toEqual({
    dense: 250 * 20 * 64,
    executed: 250 * 12 * 64,
  });
  const half = { liveChannels: 10, maxima: 0, foreground: 0.5 };
  expect(workOf(cnn, "conv1", "ConvPoolForward", half)!.executed).toBe((25 * 12 * 576) / 2);
  expect(workOf(cnn, "conv1", "ConvPoolForward")).toEqual({
    dense: 25 * 10 * 576,
    executed: 25 * 12 * 576,
  });
});

test("a padded image of background needs only the taps that see its padding", () => {
  const lenet = graphOf("lenet", image, 10);
  const [first] = convolutionsOf(lenet);
  const background = { input: (index: number) => new Float32Array(index === 0 ? 784 : 1).fill(1) };
  // Of the 14 windows of a row, the first and the last have 2 of 5 taps that see padding.
  const clear = (12 * 5 + 2 * 3) / (14 * 5);
  expect(measure(lenet, first!, background).foreground).toBeCloseTo(1 - clear ** 2, 12);
});

test("by Winograd it takes 64 products a tile and channel, of four tiles", () => {
  const convolution = { liveChannels: 9, maxima: 0, foreground: 1 };
  expect(workOf(cnn, "conv2", "WinogradConvPoolForward", convolution)).toEqual({
    dense: 250 * 20 * 64,
    executed: 64 * 4 * 10 * 9,
  });
  expect(workOf(cnn, "conv2", "WinogradConvPoolForward")!.executed).toBe(64 * 4 * 10 * 20);
});

test("the forward pass through all layers", () => {
  const convolutions = 25 * 10 * 576 + 250 * 20 * 64;
  expect(layerWork({ graph: cnn, batchSize })).toBe(convolutions + 320 * 50 + 50 * 10);
  const attentions = 2 * (144 ** 2 * 10 + 16 ** 2 * 20);
  const maps = 7 * (144 * 10 * 10 + 16 * 20 * 20);
  const all = convolutions + 320 * 50 + 50 * 10 + maps;
  expect(layerWork({ graph: mha, batchSize })).toBe(all + attentions);
  const acrossTheBatch = 2 * batchSize * (144 * 10 + 16 * 20);
  const mhaBatch = graphOf("mha-batch", image, 10);
  expect(layerWork({ graph: mhaBatch, batchSize })).toBe(all + acrossTheBatch);
});

test("a backward convolution visits maxima; the first layer has no input gradient", () => {
  const convolution = { liveChannels: 9, maxima: 70, foreground: 1 };
  expect(workOf(cnn, "conv2", "ConvPoolBackward", convolution)).toEqual({
    dense: 2 * 250 * 20 * 64,
    executed: 2 * 70 * 5 * 52,
  });
  expect(workOf(cnn, "conv1", "ConvPoolBackward", convolution)).toEqual({
    dense: 25 * 10 * 576,
    executed: 70 * 5 * 8,
  });
  expect(workOf(cnn, "conv1", "ConvPoolBackward")!.executed).toBeUndefined();
});

test("attention repeats its scores in backward", () => {
  const product = 144 * 144 * 10;
  expect(workOf(mha, "attention", "AttentionForward")).toEqual({
    dense: 2 * product,
    executed: 2 * product,
  });
  expect(workOf(mha, "attention", "AttentionBackward")).toEqual({
    dense: 4 * product,
    executed: 4 * product,
  });
  // 62² positions: 16 of 2 × 3,848 queries keep their exponentials.
  const large = graphOf("mha", { channels: 1, rows: 128, columns: 128 }, 10);
  const work = workOf(large, "attention", "AttentionBackward")!;
  expect(work.executed! / work.dense).toBe((5 - 16 / (2 * 3848)) / 4);
});

test("attention is computed once for equal tokens", () => {
  const forward = workOf(mha, "attention", "AttentionForward", { distinctTokens: 72 })!;
  expect(forward.executed! / forward.dense).toBe(1 / 4);
  const backward = workOf(mha, "attention", "AttentionBackward", { distinctTokens: 72 })!;
  expect(backward.executed! / backward.dense).toBe(1 / 4);
  // 62² positions, 8 of them distinct: all of them keep their exponentials.
  const large = graphOf("mha", { channels: 1, rows: 128, columns: 128 }, 10);
  const few = { distinctTokens: 8 };
  const work = workOf(large, "attention", "AttentionBackward", few)!;
  expect(work.executed).toBe(4 * 8 ** 2 * 10);
});

test("distinct tokens are counted as the kernels list them", () => {
  const count = (...maps: number[][]) =>
    countDistinctTokens(
      maps.map((map) => Float32Array.from(map)),
      4,
    );
  expect(count([1, 2, 3, 4])).toBe(4);
  expect(count([1, 1, 1, 1])).toBe(1);
  expect(count([1, 2, 2, 1])).toBe(3);
  // Of two sets of equal tokens, the one with the first pair of neighbours.
  expect(count([1, 1, 2, 2])).toBe(3);
  // Equal in all channels of all maps, in every bit.
  expect(count([1, 1, 1, 1, 0, 1, 0, 0], [1, 1, 1, 2])).toBe(4);
  expect(count([0, -0, 1, 2])).toBe(4);
  expect(countDistinctTokens([Float32Array.of(1)], 1)).toBe(1);
});

test("two fused affine maps take the work of one", () => {
  const map = 144 * 10 * 10;
  expect(workOf(mha, "vit1.q", "LinearMapForward")).toEqual({ dense: 2 * map, executed: map });
  expect(workOf(mha, "vit1.q", "LinearMapBackward")).toEqual({
    dense: 4 * map,
    executed: 2 * map,
  });
  expect(workOf(mha, "vit1.ma.out_proj", "LinearMapForward")).toEqual({ dense: map });
  // Packing and the gradients of the two weights are not counted.
  expect(workOf(mha, "vit1.q", "LinearPack")).toBeUndefined();
  expect(workOf(mha, "vit1.q", "LinearComposeBackward")).toBeUndefined();
});

test("kernels without multiply-adds have no work", () => {
  expect(workOf(cnn, "conv2", "ConvPack")).toBeUndefined();
  expect(workOf(cnn, "relu", "ReluForward")).toBeUndefined();
});

test("live channels are those that the following dropout keeps", () => {
  const [first, second] = convolutionsOf(cnn);
  const keeps =
    (slot: number): SeenImage["keeps"] =>
    (unit, { stream, units, p }) => {
      const bits = randomBits({ seed: 0, stream, step: 3 }, slot * units + unit);
      return bits >= dropThreshold(p);
    };
  expect(measure(cnn, first!, { keeps: () => false }).liveChannels).toBe(10);
  const counts = Array.from(
    { length: 200 },
    (_, slot) => measure(cnn, second!, { keeps: keeps(slot) }).liveChannels,
  );
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  expect(mean).toBeGreaterThan(9);
  expect(mean).toBeLessThan(11);
});

test("background that is skipped is no work", () => {
  const [first, second] = convolutionsOf(cnn);
  const share = (values: Float32Array) => measure(cnn, first!, { input: () => values }).foreground;
  const values = new Float32Array(28 * 28).fill(-0.4);
  expect(share(values)).toBe(0);
  // Read by two rows and columns of taps of the windows that begin at rows and columns 0 and 2.
  values[28 * 3 + 3] = 1;
  expect(share(values)).toBe((4 * 2 * 2) / (144 * 25));
  // Read by two taps of the windows that begin at rows 0 and 2, and by one tap of those at row 4.
  values[28 * 4 + 0] = 1;
  expect(share(values)).toBe((4 * 2 * 2 + 2 + 2 + 1) / (144 * 25));
  // The first pixel defines the background.
  values[0] = 1;
  expect(share(values)).toBeGreaterThan(0.99);
  expect(measure(cnn, second!, { input: () => values }).foreground).toBe(1);
});

test.each(["stn", "coordconv-stn"] as const)(
  "%s leaves out background of the sampled image",
  (name) => {
    const model = graphOf(name, image, 10);
    const shares = (pixel: (node: number) => number) =>
      convolutionsOf(model).map((step) => {
        const input = (index: number) => new Float32Array(28 * 28).fill(pixel(step.inputs[index]!));
        return measure(model, step, { input }).foreground;
      });
    expect(shares(() => 0)).toEqual([0, 1, 0, 1]);
    // Its background is the one of the image that it samples.
    expect(shares((node) => (node === 0 ? 0.5 : 0))).toEqual([0, 1, 1, 1]);
  },
);

test("counted maxima have a value and a gradient", () => {
  const { maxima } = measure(cnn, convolutionsOf(cnn)[0]!, {
    output: () => Float32Array.of(0, 1, 2, 3),
    outputGradient: () => Float32Array.of(5, 0, -1, 2),
  });
  expect(maxima).toBe(2);
});
