import { expect, test } from "vitest";
import {
  callWork,
  countDistinctTokens,
  countLiveChannels,
  countWinners,
  foregroundShare,
  fusedConvolutions,
  layerWork,
} from "../../src/bench/call-work.js";
import { findNode } from "../../src/graph/graph.js";
import { graphOf } from "../models/graph-of.js";

const image = { channels: 1, rows: 28, columns: 28 };
const cnn = graphOf("cnn", image, 10);
const conv1 = findNode(cnn, "conv1")!;
const conv2 = findNode(cnn, "conv2")!;

test("a forward convolution computes live channels, padded to 4", () => {
  const convolution = { liveChannels: 9, winners: 0, foreground: 1 };
  expect(callWork(cnn, "ConvPoolForward", conv2, { convolution })).toEqual({
    dense: 250 * 20 * 64,
    executed: 250 * 12 * 64,
  });
  const half = { liveChannels: 10, winners: 0, foreground: 0.5 };
  expect(callWork(cnn, "ConvPoolForward", conv1, { convolution: half })!.executed).toBe(
    (25 * 12 * 576) / 2,
  );
  expect(callWork(cnn, "ConvPoolForward", conv1)).toEqual({
    dense: 25 * 10 * 576,
    executed: 25 * 12 * 576,
  });
});

test("by Winograd it takes 64 products a tile and channel, of four tiles", () => {
  const convolution = { liveChannels: 9, winners: 0, foreground: 1 };
  expect(callWork(cnn, "WinogradConvPoolForward", conv2, { convolution })).toEqual({
    dense: 250 * 20 * 64,
    executed: 64 * 4 * 10 * 9,
  });
  expect(callWork(cnn, "WinogradConvPoolForward", conv2)!.executed).toBe(64 * 4 * 10 * 20);
});

test("the way forward through all layers", () => {
  const convolutions = 25 * 10 * 576 + 250 * 20 * 64;
  expect(layerWork(cnn)).toBe(convolutions + 320 * 50 + 50 * 10);
});

test("a backward convolution visits winners; the first layer has no input gradient", () => {
  const convolution = { liveChannels: 9, winners: 70, foreground: 1 };
  expect(callWork(cnn, "ConvPoolBackward", conv2, { convolution })).toEqual({
    dense: 2 * 250 * 20 * 64,
    executed: 2 * 70 * 5 * 52,
  });
  expect(callWork(cnn, "ConvPoolBackward", conv1, { convolution })).toEqual({
    dense: 25 * 10 * 576,
    executed: 70 * 5 * 8,
  });
  expect(callWork(cnn, "ConvPoolBackward", conv1)!.executed).toBeUndefined();
});

test("attention repeats its scores in backward", () => {
  const mha = graphOf("mha", image, 10);
  const node = findNode(mha, "attention")!;
  const product = 144 * 144 * 10;
  expect(callWork(mha, "AttentionForward", node)).toEqual({
    dense: 2 * product,
    executed: 2 * product,
  });
  expect(callWork(mha, "AttentionBackward", node)).toEqual({
    dense: 4 * product,
    executed: 4 * product,
  });
  // 62² places: 16 of 2 × 3,848 queries keep their powers.
  const large = graphOf("mha", { channels: 1, rows: 128, columns: 128 }, 10);
  const work = callWork(large, "AttentionBackward", findNode(large, "attention")!)!;
  expect(work.executed! / work.dense).toBe((5 - 16 / (2 * 3848)) / 4);
});

test("equal tokens are attended once", () => {
  const mha = graphOf("mha", image, 10);
  const node = findNode(mha, "attention")!;
  const forward = callWork(mha, "AttentionForward", node, { distinctTokens: 72 })!;
  expect(forward.executed! / forward.dense).toBe(1 / 4);
  const backward = callWork(mha, "AttentionBackward", node, { distinctTokens: 72 })!;
  expect(backward.executed! / backward.dense).toBe(1 / 4);
  // 62² places, 8 of them distinct: all of them keep their powers.
  const large = graphOf("mha", { channels: 1, rows: 128, columns: 128 }, 10);
  const few = { distinctTokens: 8 };
  const work = callWork(large, "AttentionBackward", findNode(large, "attention")!, few)!;
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
  // Of two sets of equal tokens the one whose members come first side by side.
  expect(count([1, 1, 2, 2])).toBe(3);
  // Equal in all channels of all maps, in every bit.
  expect(count([1, 1, 1, 1, 0, 1, 0, 0], [1, 1, 1, 2])).toBe(4);
  expect(count([0, -0, 1, 2])).toBe(4);
  expect(countDistinctTokens([Float32Array.of(1)], 1)).toBe(1);
});

test("two affine maps in one take a map's work", () => {
  const mha = graphOf("mha", image, 10);
  const map = 144 * 10 * 10;
  const queries = findNode(mha, "vit1.q")!;
  expect(callWork(mha, "LinearMapForward", queries)).toEqual({ dense: 2 * map, executed: map });
  expect(callWork(mha, "LinearMapBackward", queries)).toEqual({
    dense: 4 * map,
    executed: 2 * map,
  });
  const output = findNode(mha, "vit1.ma.out_proj")!;
  expect(callWork(mha, "LinearMapForward", output)).toEqual({ dense: map });
  const swallowed = findNode(mha, "vit1.ma.in_proj_weight[0]")!;
  expect(callWork(mha, "LinearMapForward", swallowed)).toBeUndefined();
});

test("what is no multiply-add has no work", () => {
  expect(callWork(cnn, "ConvPackLive", conv2)).toBeUndefined();
  expect(callWork(cnn, "ReluForward", cnn.nodes.find(({ op }) => op === "relu")!)).toBeUndefined();
});

test("live channels are those of the dropout behind the convolution", () => {
  const [first, second] = fusedConvolutions(cnn);
  const at = { seed: 0, step: 3, slot: 63 };
  expect(countLiveChannels(first!, at)).toBe(10);
  const counts = Array.from({ length: 200 }, (_, slot) =>
    countLiveChannels(second!, { ...at, slot }),
  );
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  expect(mean).toBeGreaterThan(9);
  expect(mean).toBeLessThan(11);
});

test("background that is left out is no work", () => {
  const [first, second] = fusedConvolutions(cnn);
  const share = (values: Float32Array) => foregroundShare(cnn, first!, () => values);
  const values = new Float32Array(28 * 28).fill(-0.4);
  expect(share(values)).toBe(0);
  // Seen by two rows and columns of taps of the windows that begin at rows and columns 0 and 2.
  values[28 * 3 + 3] = 1;
  expect(share(values)).toBe((4 * 2 * 2) / (144 * 25));
  // Seen by two taps of the windows that begin at rows 0 and 2, by one of those at row 4.
  values[28 * 4 + 0] = 1;
  expect(share(values)).toBe((4 * 2 * 2 + 2 + 2 + 1) / (144 * 25));
  // The first pixel says what background is.
  values[0] = 1;
  expect(share(values)).toBeGreaterThan(0.99);
  expect(foregroundShare(cnn, second!, () => values)).toBe(1);
});

test.each(["stn", "coordconv-stn"] as const)(
  "%s leaves out background of the sampled image",
  (name) => {
    const model = graphOf(name, image, 10);
    const [first, ...others] = fusedConvolutions(model);
    const blank = (node: number) => new Float32Array(28 * 28).fill(node === 0 ? 0.5 : 0);
    const shares = (valuesOf: (node: number) => Float32Array) =>
      [first!, ...others].map((fused) => foregroundShare(model, fused, valuesOf));
    expect(shares(() => new Float32Array(28 * 28))).toEqual([0, 1, 0, 1]);
    // Its background is the one of the image that it samples.
    expect(shares(blank)).toEqual([0, 1, 1, 1]);
  },
);

test("winners have a value and a gradient", () => {
  const values = Float32Array.of(0, 1, 2, 3);
  const gradients = Float32Array.of(5, 0, -1, 2);
  expect(countWinners(values, gradients)).toBe(2);
});
