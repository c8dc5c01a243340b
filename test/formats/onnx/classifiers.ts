import { Engine } from "../../../src/engine/engine.js";
import type { Model } from "../../../src/graph/model.js";
import { withLogProbabilities } from "../../../src/graph/with-loss.js";
import { type Dataset, initialize, type NamedTensors } from "../../../src/index.js";
import { drawParameters } from "../../graph/op-case.js";
import { seededRandom } from "../../graph/random.js";

/** First values, except that running statistics are not all 0 and 1. */
export function drawnWeights({ graph }: Model): NamedTensors {
  const drawn = drawParameters(graph, seededRandom(7));
  return new Map(
    graph.parameters.map(({ name, shape, buffer }) => {
      const values = (buffer ? drawn : initialize(graph, 0)).get(name)!.values;
      return [name, { shape, values: Float32Array.from(values) }];
    }),
  );
}

/** Log-probabilities of the first test images, by the engine. */
export async function engineResults(
  model: Model,
  parameters: NamedTensors,
  data: Dataset,
  count: number,
  batchSize: number,
): Promise<Float32Array> {
  const graph = withLogProbabilities(model.graph);
  const size = data.channels * data.rows * data.columns;
  const images = data.test.images.subarray(0, count * size);
  const engine = await Engine.create({
    plans: {
      look: { graph, training: false, objective: "values", update: false, kept: [graph.output] },
    },
    sets: { given: { count, images, labels: new Uint8Array(count) } },
    ...{ batchSize, threads: 1, mean: data.mean, std: data.std },
  });
  try {
    engine.setParameters(parameters);
    const found = new Float32Array(count * data.classes);
    for (let image = 0; image < count; image++) {
      const step = Math.floor(image / batchSize);
      if (image % batchSize === 0) {
        engine.run({ plan: "look", set: "given", from: step, to: step + 1 });
      }
      const values = engine.value("look", graph.output, image % batchSize);
      found.set(values, image * data.classes);
    }
    return found;
  } finally {
    engine.close();
  }
}

/** The class of each image. */
export function classesOf(results: Float32Array, classes: number): number[] {
  return Array.from({ length: results.length / classes }, (_, image) => {
    const own = results.subarray(image * classes, (image + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}

/** The largest difference of two lists. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
}
