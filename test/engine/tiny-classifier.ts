import type { EnginePlan, EngineSet } from "../../src/engine/options.js";
import type { Graph, Shape } from "../../src/graph/graph.js";
import { imageInput } from "../../src/graph/inputs.js";
import { flatten } from "../../src/graph/ops/flatten.js";
import { linear } from "../../src/graph/ops/linear.js";
import { logSoftmax } from "../../src/graph/ops/log-softmax.js";
import { relu } from "../../src/graph/ops/relu.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { initialize } from "../../src/train/initialize.js";

/** Images of a set, in batches of which the last is not full. */
export const COUNT = 5;
export const BATCH = 2;
/** Labels of the sets go up to 2. */
export const CLASSES = 3;

/** A classifier that compiles fast; for the checks any model will do. */
export function tinyClassifier(shape: Shape = [1, 2, 2], classes = CLASSES, hidden = 3): Graph {
  const image = imageInput(shape);
  const features = relu(linear(flatten(image), "fc1", { outFeatures: hidden }));
  return image.builder.finish(logSoftmax(linear(features, "fc2", { outFeatures: classes })));
}

export const graph = tinyClassifier();

export function tinyParameters(): NamedTensors {
  return initialize(graph, 1);
}

/** A plan of each objective. */
export const plans = {
  train: { graph: withLoss(graph), training: true, objective: "loss", update: true },
  score: { graph, training: false, objective: "score", update: false },
  read: { graph, training: false, objective: "values", update: false, kept: [0, graph.output] },
  slope: {
    graph,
    training: false,
    objective: "cotangent",
    update: false,
    inputGradients: true,
  },
} as const satisfies Record<string, EnginePlan>;

export function tinySet(count = COUNT, bytes = 4): EngineSet {
  return {
    count,
    images: Uint8Array.from({ length: count * bytes }, (_, at) => (at * 37) % 256),
    labels: Uint8Array.from({ length: count }, (_, at) => at % CLASSES),
  };
}

export const sets = { some: tinySet(), one: tinySet(1) };
