import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import { collectViews } from "../../src/inspect/views.js";
import { type ModelName, models } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { graphOf } from "../models/graph-of.js";

const data = digits({ train: 10, test: 60 });

function viewsOf(model: ModelName) {
  const graph = graphOf(model, data, data.classes);
  return collectViews(models[model], data, initialize(graph, 3));
}

describe("collectViews", () => {
  it("takes the first test image of each class", async () => {
    const { images } = await viewsOf("cnn");
    expect(images.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { index, label, pixels } of images) {
      expect(data.test.labels.indexOf(label)).toBe(index);
      expect(pixels).toEqual([...data.test.images.subarray(index * 784, (index + 1) * 784)]);
    }
  });

  it("shows an untrained transformer as the identity", async () => {
    const { images } = await viewsOf("stn");
    for (const { theta, warped, pixels } of images) {
      expect(theta).toEqual([1, 0, 0, 0, 1, 0]);
      expect(warped).toEqual(pixels);
    }
  });

  it.each([
    ["mha", "places"],
    ["mha-batch", "batch"],
  ] as const)("shows where %s attends: over %s", async (model, over) => {
    const { images } = await viewsOf(model);
    for (const { attention } of images) {
      expect(attention?.map(({ block }) => block)).toEqual(["vit1", "vit2"]);
      for (const view of attention!) {
        expect(view.over).toBe(over);
        expect(view.weights.length).toBe(2);
        expect(view.place).toBeLessThan(view.rows * view.columns);
        for (const weights of view.weights) {
          expect(weights.length).toBe(over === "batch" ? images.length : view.rows * view.columns);
          expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
        }
      }
    }
  });
});
