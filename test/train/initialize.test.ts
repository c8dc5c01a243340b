import { describe, expect, it } from "vitest";
import type { ModelName } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { graphOf } from "../models/graph-of.js";

const image = { channels: 1, rows: 28, columns: 28 };

/** Values of a parameter at a seed. */
function first(model: ModelName, name: string, seed = 0): Float32Array {
  return initialize(graphOf(model, image, 10), seed).get(name)!.values;
}

describe("initialize", () => {
  it.each([
    ["conv1.weight", 1 / Math.sqrt(25)],
    ["conv2.weight", 1 / Math.sqrt(250)],
    ["fc1.weight", 1 / Math.sqrt(320)],
    ["fc1.bias", 1 / Math.sqrt(320)],
  ])("draws %s uniformly in ±1/√fan_in", (name, bound) => {
    const values = first("cnn", name);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
    // Five standard errors of the mean and of the variance of a uniform distribution.
    expect(Math.abs(mean)).toBeLessThan((5 * bound) / Math.sqrt(3 * values.length));
    const relative = variance / (bound ** 2 / 3) - 1;
    expect(Math.abs(relative)).toBeLessThan(5 * Math.sqrt(0.8 / values.length));
  });

  it("draws in_proj_weight Xavier-uniformly over the packed matrix", () => {
    const values = first("mha", "vit1.ma.in_proj_weight");
    const bound = Math.sqrt(6 / (10 + 30));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.95 * bound);
  });

  it("starts attention biases at 0 and the transformer at the identity", () => {
    expect([...first("mha", "vit2.ma.in_proj_bias")].every((value) => value === 0)).toBe(true);
    expect([...first("mha", "vit2.ma.out_proj.bias")].every((value) => value === 0)).toBe(true);
    expect([...first("stn", "fc_loc.2.weight")].every((value) => value === 0)).toBe(true);
    expect([...first("stn", "fc_loc.2.bias")]).toEqual([1, 0, 0, 0, 1, 0]);
  });

  it("depends on the seed and differs between parameters", () => {
    expect(first("cnn", "fc1.weight", 1)).not.toEqual(first("cnn", "fc1.weight", 2));
    expect(first("cnn", "fc1.weight", 1)).toEqual(first("cnn", "fc1.weight", 1));
    expect(first("mha", "vit1.q.weight")).not.toEqual(first("mha", "vit1.k.weight"));
  });

  it.each([
    [-1, "initialize: expected seed to be a whole number in 0..4294967295, got -1"],
    [2 ** 32, "initialize: expected seed to be a whole number in 0..4294967295, got 4294967296"],
    [undefined, "initialize: expected seed to be a whole number in 0..4294967295, got undefined"],
  ])("refuses the seed %s", (seed, message) => {
    expect(() => initialize(graphOf("cnn", image, 10), seed as number)).toThrow(message);
  });

  it("refuses other values than graphs", () => {
    expect(() => initialize("cnn" as never, 0)).toThrow(
      'initialize: expected graph to be a graph, got "cnn"',
    );
  });
});
