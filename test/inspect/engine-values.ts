import { digits } from "../../src/data/sources/digits.js";
import { Engine } from "../../src/engine/engine.js";
import type { Graph } from "../../src/graph/graph.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import type { ValueOf } from "../../src/inspect/terms.js";

const data = digits({ train: 1, test: 8 });

/** What the engine computes for the first test digits, as one batch: values of all nodes. */
export async function valuesOf(
  graph: Graph,
  parameters: NamedTensors,
  { images = 1, given }: { images?: number; given?: { node: number; values: Float32Array } } = {},
): Promise<ValueOf> {
  const kept = graph.nodes.map(({ id }) => id);
  const pixels = data.rows * data.columns;
  const engine = await Engine.create({
    plans: { all: { graph, training: false, objective: "values", update: false, kept } },
    sets: {
      few: {
        count: images,
        images: data.test.images.slice(0, images * pixels),
        labels: data.test.labels.slice(0, images),
      },
    },
    ...{ batchSize: images, threads: 1, mean: data.mean, std: data.std },
  });
  try {
    engine.setParameters(parameters);
    if (given) engine.setInput("all", given.node, 0, given.values);
    engine.run({ plan: "all", set: "few", from: 0, to: 1 });
    const found = kept.map((id) =>
      Array.from({ length: images }, (_, slot) => engine.value("all", id, slot)),
    );
    return (node, slot) => found[node]![slot]!;
  } finally {
    engine.close();
  }
}

export const imageShape = { channels: 1, rows: 28, columns: 28, classes: 10 };
