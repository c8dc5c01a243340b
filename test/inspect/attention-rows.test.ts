import { describe, expect, it } from "vitest";
import { attentionsOf } from "../../src/inspect/attention-nodes.js";
import { imageWeights, positionWeights } from "../../src/inspect/attention-rows.js";
import { termsOf } from "../../src/inspect/terms.js";
import { models } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { imageShape, valuesOf } from "./engine-values.js";

describe("positionWeights", () => {
  it("gives the shares by which the op adds up values", async () => {
    const { graph } = models.mha.build(imageShape);
    const parameters = initialize(graph, 3);
    const values = await valuesOf(graph, parameters);
    const [attention] = attentionsOf(graph);
    const position = 77;
    const weights = positionWeights(attention!, values, position);
    expect(weights).toHaveLength(2);
    weights.forEach((shares, head) => {
      const channel = head * 5;
      const at = channel * 144 + position;
      const { terms } = termsOf(graph, attention!.node, at, values, parameters)!;
      terms.forEach((term) => {
        expect(shares[term.at - channel * 144]).toBeCloseTo(term.weight, 10);
      });
    });
  });
});

describe("imageWeights", () => {
  it("is the mean of the shares of all positions and heads", async () => {
    const { graph } = models["mha-batch"].build(imageShape);
    const parameters = initialize(graph, 3);
    const images = 4;
    const values = await valuesOf(graph, parameters, { images });
    const attention = attentionsOf(graph)[1]!;
    const mean = new Float64Array(images);
    for (const channel of [0, 10]) {
      for (let position = 0; position < 16; position++) {
        const at = channel * 16 + position;
        const { terms } = termsOf(graph, attention.node, at, values, parameters, images)!;
        for (const { slot, weight } of terms) mean[slot]! += weight / 32;
      }
    }
    const found = imageWeights(attention, values, images);
    found.forEach((share, image) => {
      expect(share).toBeCloseTo(mean[image]!, 10);
    });
    expect(found.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    expect([...imageWeights(attention, values, 1)]).toEqual([expect.closeTo(1, 10)]);
  });
});
