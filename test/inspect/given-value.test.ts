import { describe, expect, it } from "vitest";
import { withGivenValue } from "../../src/inspect/given-value.js";
import { transformersOf } from "../../src/inspect/transformer-nodes.js";
import { models } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { imageShape, valuesOf } from "./engine-values.js";

const { graph } = models.stn.build(imageShape);
const parameters = initialize(graph, 3);
const [transformer] = transformersOf(graph);
const { theta, sampler } = transformer!;
const continuation = withGivenValue(graph, theta.id);
const own = new Map(continuation.graph.parameters.map(({ name }) => [name, parameters.get(name)!]));

describe("withGivenValue", () => {
  it("leaves out what only the given value needs", () => {
    expect([...own.keys()].filter((name) => /loc/.test(name))).toEqual([]);
    expect(own.has("conv1.weight")).toBe(true);
    expect(continuation.graph.nodes.map(({ id }) => id)).toEqual([
      ...continuation.graph.nodes.keys(),
    ]);
  });

  it("gives the network's own bits for its own value, and others for another", async () => {
    const values = await valuesOf(graph, parameters);
    const { given: node, ids } = continuation;
    const again = await valuesOf(continuation.graph, own, {
      given: { node, values: Float32Array.from(values(theta.id, 0)) },
    });
    for (const id of [sampler.id, graph.output]) {
      expect(again(ids.get(id)!, 0)).toEqual(values(id, 0));
    }
    const turned = await valuesOf(continuation.graph, own, {
      given: { node, values: Float32Array.of(0, 1, 0, -1, 0, 0) },
    });
    expect(turned(ids.get(graph.output)!, 0)).not.toEqual(values(graph.output, 0));
  });

  it("refuses a node that the output does not depend on", () => {
    const longer = { ...graph, output: theta.id };
    expect(() => withGivenValue(longer, sampler.id)).toThrow(
      `withGivenValue: expected a node that the output depends on, got node ${sampler.id}`,
    );
  });
});
