import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { classifierNames, type ModelName } from "../../src/models/index.js";
import { builds } from "../graph/executors.js";
import { graphOf } from "../models/graph-of.js";
import { CLASSES, initialParameters, MEAN, randomSet, STD } from "./random-images.js";

const shape = { channels: 1, rows: 28, columns: 28 };
const COUNT = 24;
const BATCH = 8;
const images = randomSet(COUNT, shape);

/** Log-probabilities of every image, by image, when the set is visited in this order. */
async function logProbabilities(
  model: ModelName,
  build: (typeof builds)[number],
  order: readonly number[],
): Promise<number[][]> {
  const graph = graphOf(model, shape, CLASSES);
  const engine = await Engine.create({
    plans: { read: { graph, training: false, objective: "values", update: false } },
    sets: { images },
    batchSize: BATCH,
    threads: 2,
    build,
    mean: MEAN,
    std: STD,
  });
  engine.setParameters(initialParameters(graph));
  engine.order("images").set(order);
  const results: number[][] = [];
  for (let step = 0; step < COUNT / BATCH; step++) {
    engine.run({ plan: "read", set: "images", from: step, to: step + 1 });
    for (let slot = 0; slot < BATCH; slot++) {
      const image = order[step * BATCH + slot]!;
      results[image] = Array.from(engine.value("read", graph.output, slot));
    }
  }
  engine.close();
  return results;
}

const inOrder = Array.from({ length: COUNT }, (_, i) => i);
/** Every image at another position, with other images. */
const mixed = inOrder.map((i) => (i * 7 + 5) % COUNT);
/** The same images, at other positions. */
const turned = inOrder.map((i) => i - (i % BATCH) + ((i + 3) % BATCH));

describe.each(builds)("%s", (build) => {
  it.each([...classifierNames.filter((name) => name !== "mha-batch"), "residual", "vit"] as const)(
    "%s: an image's result does not depend on its position or on the other images",
    async (model) => {
      const expected = await logProbabilities(model, build, inOrder);
      expect(new Set(expected.map(String)).size).toBe(COUNT);
      expect(await logProbabilities(model, build, mixed)).toEqual(expected);
    },
  );

  it("mha-batch: an image's result depends on the other images, not on its position", async () => {
    const expected = await logProbabilities("mha-batch", build, inOrder);
    const others = await logProbabilities("mha-batch", build, mixed);
    for (const image of inOrder) expect(others[image]).not.toEqual(expected[image]);
    const positions = await logProbabilities("mha-batch", build, turned);
    for (const image of inOrder) {
      positions[image]!.forEach((value, i) => {
        expect(Math.abs(value - expected[image]![i]!)).toBeLessThan(1e-5);
      });
    }
  });
});
