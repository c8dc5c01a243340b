import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import type { Tensor } from "../../src/graph/builder.js";
import { imageInput } from "../../src/graph/inputs.js";
import * as layers from "../../src/graph/ops/index.js";
import { attentionBlock } from "../../src/models/attention-block.js";
import { classifier } from "../../src/models/classifier.js";
import { coordConv } from "../../src/models/coord-conv.js";
import { spatialTransformer } from "../../src/models/spatial-transformer.js";

// Callers may write plain JavaScript: whatever a layer gets, its error says what it expects.

type Layer = (...given: unknown[]) => Tensor;
const blocks = { attentionBlock, classifier, coordConv, spatialTransformer };
const all = Object.entries({ ...layers, ...blocks }).filter(
  (entry): entry is [string, Layer] => typeof entry[1] === "function",
);
const odd = [undefined, null, 5, "a", "", {}, [], [1], true, () => 1, Symbol("s"), { shape: [1] }];
const lists = odd.flatMap((first) => [[first], ...odd.map((second) => [first, second])]);

/** Calls a layer; any error but an `InputError` of one line fails. Returns the message, if there is one. */
function messageOf(layer: Layer, given: readonly unknown[]): string | undefined {
  try {
    layer(...given);
  } catch (error) {
    expect(error, given.map(String).join()).toBeInstanceOf(InputError);
    expect((error as Error).message).not.toContain("\n");
    return (error as Error).message;
  }
  return undefined;
}

describe("wrong arguments of a layer", () => {
  it("are tested for every layer and block", () => {
    expect(all.length).toBeGreaterThan(18);
  });

  it.each(all)("%s: the first is no tensor", (_, layer) => {
    for (const first of odd) {
      expect(messageOf(layer, [first, "name", {}])).toMatch(/^\w+: expected a tensor, .*, got /);
    }
  });

  it.each(all)("%s: those after the tensor have any type", (_, layer) => {
    for (const given of lists) messageOf(layer, [imageInput([1, 28, 28]), ...given]);
  });

  it.each([
    [
      "conv2d: expected options outChannels, kernelSize, stride, padding, dilation, groups, bias, initialization, share, got undefined",
      () => (layers.conv2d as Layer)(imageInput([1, 28, 28]), "a"),
    ],
    [
      "conv2d: expected a layer name of at least one letter, got an object",
      () => (layers.conv2d as Layer)(imageInput([1, 28, 28]), { outChannels: 1, kernelSize: 1 }),
    ],
    [
      "linear: expected options outFeatures, bias, initialization, share, got rowOffset",
      () =>
        (layers.linear as Layer)(imageInput([1, 28, 28]), "a", { outFeatures: 1, rowOffset: 1 }),
    ],
    [
      "linear: expected initialization to be [weight, bias], got 5",
      () =>
        (layers.linear as Layer)(imageInput([1, 28, 28]), "a", {
          outFeatures: 1,
          initialization: 5,
        }),
    ],
    [
      'spatialTransformer: expected convolution to be a function, got "a"',
      () => (spatialTransformer as Layer)(imageInput([1, 28, 28]), "a"),
    ],
  ])("%s", (message, build) => {
    expect(messageOf(build, [])).toBe(message);
  });
});
