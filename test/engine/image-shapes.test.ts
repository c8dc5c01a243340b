import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import type { Graph } from "../../src/graph/graph.js";
import { differentiateReference, runReference } from "../../src/graph/reference.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { classifierNames } from "../../src/models/index.js";
import { builds } from "../graph/executors.js";
import { graphOf } from "../models/graph-of.js";
import { relativeError } from "../reference-files.js";
import {
  CLASSES,
  initialParameters,
  MEAN,
  normalizedImage,
  randomSet,
  STD,
} from "./random-images.js";

const SEED = 77;
const BATCH = 3;
/** A whole batch and a partial one. */
const COUNT = 5;

const shapes = [
  { channels: 1, rows: 28, columns: 28 },
  { channels: 3, rows: 32, columns: 32 },
  { channels: 1, rows: 40, columns: 36 },
  { channels: 2, rows: 29, columns: 31 },
];

/** Mean loss of a batch and its gradients in float64, with dropout. */
function expected(graph: Graph, images: readonly Float64Array[], labels: Uint8Array, step: number) {
  const batch = images.map((values, index) => ({
    inputs: new Map([[0, values]]),
    label: labels[step * BATCH + index]!,
  }));
  const options = { training: true, seed: SEED, step };
  const parameters = initialParameters(graph);
  const losses = runReference(graph, batch, parameters, options).map(
    (values) => values[graph.output]![0]!,
  );
  const cotangents = batch.map(() => Float64Array.of(1 / batch.length));
  const gradients = differentiateReference(graph, batch, parameters, cotangents, options);
  return { losses, gradients };
}

describe.each(shapes)("$channels×$rows×$columns", (shape) => {
  const set = randomSet(COUNT, shape);
  const images = Array.from({ length: COUNT }, (_, index) => normalizedImage(set, index, shape));

  describe.each(classifierNames)("%s", (model) => {
    const graph = withLoss(graphOf(model, shape, CLASSES));
    const steps = [0, 1].map((step) =>
      expected(graph, images.slice(step * BATCH, (step + 1) * BATCH), set.labels, step),
    );

    it.each(builds)("%s: losses and gradients equal the reference", async (build) => {
      const engine = await Engine.create({
        plans: {
          check: {
            graph,
            training: true,
            objective: "loss",
            update: false,
            inputGradients: true,
            // The image, so that its gradient can be read.
            kept: [0],
          },
        },
        sets: { images: set },
        batchSize: BATCH,
        threads: 2,
        build,
        mean: MEAN,
        std: STD,
      });
      engine.setParameters(initialParameters(graph));
      steps.forEach(({ losses, gradients }, step) => {
        engine.run({ plan: "check", set: "images", from: step, to: step + 1, seed: SEED });
        const sum = losses.reduce((a, b) => a + b);
        expect(Math.abs(engine.stepLosses("images")[step]! - sum)).toBeLessThan(1e-5 * sum);
        for (const [name, { values }] of engine.gradients()) {
          // Gradients that are nearly zero (of key biases, which the softmax cancels) are only checked for size.
          const reference = gradients.parameters.get(name)!;
          const size = Math.hypot(...reference);
          if (size < 1e-6) expect.soft(Math.hypot(...values), name).toBeLessThan(1e-5);
          else expect.soft(relativeError(values, reference), name).toBeLessThan(1e-4);
        }
        losses.forEach((_, slot) => {
          const ours = engine.nodeGradient("check", 0, slot);
          const error = relativeError(ours, gradients.nodes[slot]![0]!);
          expect.soft(error, `image ${slot} of batch ${step}`).toBeLessThan(1e-4);
        });
      });
      engine.close();
    });
  });
});
