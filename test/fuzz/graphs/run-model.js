import { DataMemory } from "../../../dist/engine/data-memory.js";
import { Engine } from "../../../dist/engine/engine.js";
import { sizeOf } from "../../../dist/graph/graph.js";
import { imageNode, inputOf } from "../../../dist/graph/model.js";
import { runReference } from "../../../dist/graph/reference.js";
import { withLoss } from "../../../dist/graph/with-loss.js";
import { initialize } from "../../../dist/train/initialize.js";

const BATCH = 2;
/** Networks that take longer are read only. */
const MOST_VALUES = 2 ** 17;
/** Float32 rounds losses beyond this too coarsely to be compared. */
const LARGEST_LOSS = 1e4;
/** Products of larger values may overflow float32, where the reference's float64 does not. */
const LARGEST_VALUE = 1e15;

/**
 * Trains a model for a step on two images. What is wrong with it: an image or label that changed, or a loss that
 * is not the reference's. Undefined where nothing is.
 */
export async function runModel(model) {
  const { graph } = model;
  const { channels, rows, columns, classes } = inputOf(model);
  const values = graph.nodes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const trained = graph.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (values + trained > MOST_VALUES || workOf(graph) > 2 ** 21) return undefined;
  const set = imagesOf(channels * rows * columns, classes);
  const before = [set.images.slice(), set.labels.slice()];
  const parameters = initialize(graph, 0);
  const loss = withLoss(graph);
  const engine = await Engine.create({
    plans: { train: { graph: loss, training: true, objective: "loss", update: true } },
    sets: { train: set },
    batchSize: BATCH,
    threads: 1,
    mean: 0.5,
    std: 0.5,
  });
  try {
    engine.setParameters(parameters);
    engine.run({ plan: "train", set: "train", from: 0, to: 1, learningRate: 0.1, seed: 0 });
    const [sum] = engine.stepLosses("train");
    if (differs(before[0], set.images) || differs(before[1], set.labels)) return "data was changed";
    const values = referenceValues(loss, parameters, set, [channels, rows, columns]);
    const expected = values.reduce((all, nodes) => all + nodes[loss.output][0], 0);
    const isComparable = Math.abs(expected) < LARGEST_LOSS && !values.some(overflows);
    if (isComparable && !(Math.abs(sum - expected) < 1e-2 * (1 + Math.abs(expected)))) {
      return `loss ${sum}, where the reference has ${expected}`;
    }
    return undefined;
  } finally {
    engine.close();
  }
}

/** Upper bound of a network's products, as every value may read every value before it. */
function workOf({ nodes, parameters }) {
  return nodes.reduce((sum, node) => {
    const weights = node.parameters.reduce((all, at) => all + sizeOf(parameters[at].shape), 1);
    const positions = sizeOf(node.shape.slice(1));
    const pairs = node.inputs.length > 2 ? sizeOf(node.shape) * positions : 0;
    return sum + Math.max(weights, node.shape[0] ?? 1) * positions + pairs;
  }, 0);
}

function imagesOf(bytes, classes) {
  const { allocate } = new DataMemory();
  const images = allocate(BATCH * bytes);
  for (let at = 0; at < images.length; at++) images[at] = (at * 97 + (at >> 3)) & 255;
  const labels = allocate(BATCH);
  labels.set([0, Math.min(classes, 256) - 1]);
  return { count: BATCH, images, labels };
}

function differs(before, after) {
  return before.some((value, at) => value !== after[at]);
}

/** Whether the value of any node is too large. */
function overflows(nodes) {
  return nodes.some((values) => values.some((value) => !(Math.abs(value) < LARGEST_VALUE)));
}

function referenceValues(graph, parameters, { images, labels }, [channels, rows, columns]) {
  const positions = rows * columns;
  const size = channels * positions;
  const batch = [...labels].map((label, image) => {
    const values = Float64Array.from({ length: size }, (_, at) => {
      const byte = image * size + (at % positions) * channels + Math.floor(at / positions);
      return (images[byte] / 255 - 0.5) / 0.5;
    });
    return { inputs: new Map([[imageNode(graph).id, values]]), label };
  });
  return runReference(graph, batch, parameters, { training: true, seed: 0, step: 0 });
}
