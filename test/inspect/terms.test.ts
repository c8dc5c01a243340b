import { describe, expect, it } from "vitest";
import { roleOf } from "../../src/graph/node-facts.js";
import { termsOf } from "../../src/inspect/terms.js";
import { models } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { imageShape, valuesOf } from "./engine-values.js";

describe("termsOf", () => {
  it.each(["cnn", "coordconv-stn", "mha", "mha-batch"] as const)(
    "gives sums that are the engine's values: %s",
    async (name) => {
      const { graph } = models[name].build(imageShape);
      const parameters = initialize(graph, 3);
      const images = name === "mha-batch" ? 3 : 1;
      const values = await valuesOf(graph, parameters, { images });
      for (const node of graph.nodes) {
        const all = values(node.id, 0);
        for (const at of [0, all.length >> 1, all.length - 1]) {
          const sum = termsOf(graph, node, at, values, parameters, images);
          const kind = roleOf(node).kind;
          if (kind === "input" || kind === "logProbabilities") {
            expect(sum).toBeUndefined();
            continue;
          }
          const { terms, constant, value } = sum!;
          const products = terms.reduce((total, term) => total + term.weight * term.value, 0);
          expect(value).toBe(all[at]);
          expect(products + constant).toBeCloseTo(value, 6);
          for (const term of terms) {
            expect(term.value).toBe(values(term.node, term.slot)[term.at]);
          }
          const isSumOfOthers = kind === "attention" || kind === "gridMap" || kind === "plain";
          // Without a bias, nothing but the terms is added.
          if (isSumOfOthers) expect(constant).toBeCloseTo(0, 5);
        }
      }
    },
  );

  it("finds a convolution's filter and bias", async () => {
    const { graph } = models.cnn.build(imageShape);
    const parameters = initialize(graph, 3);
    const values = await valuesOf(graph, parameters);
    const conv = graph.nodes.find(({ label }) => label === "conv1")!;
    const [channel, row, column] = [4, 10, 12];
    const sum = termsOf(graph, conv, (channel * 24 + row) * 24 + column, values, parameters)!;
    const weight = parameters.get("conv1.weight")!.values.subarray(channel * 25, channel * 25 + 25);
    expect(sum.terms.map((term) => term.weight)).toEqual([...weight]);
    expect(sum.terms[0]!.at).toBe(row * 28 + column);
    expect(sum.constant).toBeCloseTo(parameters.get("conv1.bias")!.values[channel]!, 5);
  });

  it("gives attention's shares, which add up to 1 in each head", async () => {
    for (const name of ["mha", "mha-batch"] as const) {
      const { graph } = models[name].build(imageShape);
      const parameters = initialize(graph, 3);
      const values = await valuesOf(graph, parameters, { images: 3 });
      const node = graph.nodes.find((each) => roleOf(each).kind === "attention")!;
      const { terms } = termsOf(graph, node, 5, values, parameters, 3)!;
      expect(terms).toHaveLength(name === "mha" ? 144 : 3);
      expect(terms.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 10);
    }
  });
});
