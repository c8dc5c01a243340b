import { expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import type { EngineSet } from "../../src/engine/options.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { classifierNames } from "../../src/models/index.js";
import { builds } from "../graph/executors.js";
import { graphOf } from "../models/graph-of.js";
import { relativeError } from "../reference-files.js";
import { CLASSES, initialParameters, MEAN, STD } from "./random-images.js";

const shape = { channels: 1, rows: 28, columns: 30 };
const count = 6;
const cases = classifierNames.flatMap((model) => builds.map((build) => ({ model, build })));

// Without it kernels run other code: four positions of a sampled image at once, and none where it is flat.
it.each(cases)(
  "$model, $build: gradients are the same with and without that with respect to the image",
  async ({ model, build }) => {
    const graph = withLoss(graphOf(model, shape, CLASSES));
    const common = { graph, training: true, objective: "loss", update: false } as const;
    const engine = await Engine.create({
      plans: { with: { ...common, inputGradients: true }, without: common },
      sets: { images: boxes() },
      batchSize: count,
      threads: 1,
      mean: MEAN,
      std: STD,
      build,
    });
    engine.setParameters(initialParameters(graph));
    const gradients = (plan: "with" | "without") => {
      engine.run({ plan, set: "images", from: 0, to: 1, seed: 5 });
      return engine.gradients();
    };
    const expected = gradients("with");
    for (const [name, { values }] of gradients("without")) {
      expect.soft(relativeError(values, expected.get(name)!.values), name).toBeLessThan(1e-6);
    }
    engine.close();
  },
);

/** A box of one grey on black an image: flat but for its edges. */
function boxes(): EngineSet {
  const { rows, columns } = shape;
  const images = new Uint8Array(count * rows * columns);
  for (let image = 0; image < count; image++) {
    for (let row = 6 + image; row < 17 + image; row++) {
      const start = (image * rows + row) * columns + 4 + image;
      images.fill(100 + 20 * image, start, start + 17);
    }
  }
  return { count, images, labels: Uint8Array.from({ length: count }, (_, image) => image) };
}
