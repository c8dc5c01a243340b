import type { Dataset, ImageSet } from "../data/dataset.js";
import { subset } from "../data/subset.js";
import { Engine } from "../engine/engine.js";
import { ofChannel } from "../engine/pixel-table.js";
import { attentionWeights } from "../graph/attention.js";
import type { Graph, Node } from "../graph/graph.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import { inputOf } from "../graph/node-facts.js";
import type { NamedTensors } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { bestClass } from "../train/class-scores.js";
import { type Attention, attentionBlockName, attentionsOf } from "./attention-nodes.js";
import { type Transformer, transformersOf } from "./transformer-nodes.js";
import type { AttentionView, ImageView, Views } from "./view-types.js";

/** The value of a node for one image of the batch. */
type NodeValue = (node: Node, slot: number) => Float32Array;

/**
 * Evaluates the first test image of each class, as one batch, and collects what the model does with it:
 * prediction, warp and attention.
 *
 * @param model a model for the data's images, or a definition that is built for them
 * @throws InputError where the parameters are not the model's
 * @example
 * const { images } = await collectViews(model, data, parameters);
 * for (const { label, prediction } of images) console.log(label, prediction);
 */
export async function collectViews(
  model: ModelSource,
  data: Dataset,
  parameters: NamedTensors,
): Promise<Views> {
  const graph = modelFor("collectViews", model, data).graph;
  return viewsOf(graph, data, parameters, firstOfEachClass(data.test, data.classes));
}

/** What images are views of: the size and normalisation of data, and images. */
export type ViewedData = Pick<Dataset, "channels" | "rows" | "columns" | "mean" | "std" | "test">;

/**
 * Evaluates some images, as one batch, and collects what the network does with them.
 *
 * @param chosen indices among the test images
 * @throws InputError where the parameters are not the graph's
 */
export async function viewsOf(
  classifier: Graph,
  data: ViewedData,
  parameters: NamedTensors,
  chosen: readonly number[],
): Promise<Views> {
  const graph = withLogProbabilities(classifier);
  const engine = await Engine.create({
    plans: { views: { graph, training: false, objective: "values", update: false } },
    sets: { chosen: subset(data.test, data, chosen) },
    batchSize: chosen.length,
    threads: 1,
    mean: data.mean,
    std: data.std,
  });
  try {
    engine.setParameters(parameters);
    engine.run({ plan: "views", set: "chosen", from: 0, to: 1 });
    const value: NodeValue = (node, slot) => engine.value("views", node.id, slot);
    const images = chosen.map((index, slot) => viewImage(graph, data, chosen, index, slot, value));
    return { channels: data.channels, rows: data.rows, columns: data.columns, images };
  } finally {
    engine.close();
  }
}

function firstOfEachClass({ labels }: ImageSet, classes: number): number[] {
  const found = Array.from({ length: classes }, (_, label) => labels.indexOf(label));
  return found.filter((index) => index >= 0);
}

function imageBytes(data: ViewedData, index: number): Uint8Array {
  const size = data.channels * data.rows * data.columns;
  return data.test.images.subarray(index * size, (index + 1) * size);
}

function viewImage(
  graph: Graph,
  data: ViewedData,
  chosen: readonly number[],
  index: number,
  slot: number,
  value: NodeValue,
): ImageView {
  const logProbabilities = value(graph.nodes[graph.output]!, slot);
  const attentions = attentionsOf(graph);
  const [transformer] = transformersOf(graph);
  return {
    index,
    label: data.test.labels[index]!,
    prediction: bestClass(logProbabilities),
    probability: Math.exp(Math.max(...logProbabilities)),
    pixels: [...imageBytes(data, index)],
    ...(transformer && viewTransformer(data, transformer, slot, value)),
    ...(attentions.length > 0 && {
      attention: attentions.map((each) => viewAttention(graph, each, chosen, slot, value)),
    }),
  };
}

function viewTransformer(
  data: ViewedData,
  { sampler, theta }: Transformer,
  slot: number,
  value: NodeValue,
): Pick<ImageView, "warped" | "theta"> {
  const samples = value(sampler, slot);
  return {
    // Bytes have no NaN.
    ...(samples.every(Number.isFinite) && { warped: bytesOf(samples, data) }),
    theta: [...value(theta, slot)],
  };
}

/** Undoes the normalisation and reorders [channels, rows, columns] to channels last. */
function bytesOf(values: Float32Array, { channels, mean, std }: ViewedData): number[] {
  const positions = values.length / channels;
  return Array.from(values, (_, at) => {
    const normalised = values[(at % channels) * positions + Math.floor(at / channels)]!;
    const [deviation, centre] = [ofChannel(std, at % channels), ofChannel(mean, at % channels)];
    return Math.min(255, Math.max(0, Math.round((normalised * deviation + centre) * 255)));
  });
}

/** Attention weights of one query: the position where the block's input has the largest norm. */
function viewAttention(
  graph: Graph,
  attention: Attention,
  chosen: readonly number[],
  slot: number,
  value: NodeValue,
): AttentionView {
  const { node, over, heads, query, key } = attention;
  const [channels = 1, rows = 1, columns = 1] = node.shape;
  const positions = rows * columns;
  const position = strongestPosition(value(blockInput(graph, attention), slot), positions);
  const block = attentionBlockName(graph, attention);
  const overBatch = over === "batch";
  const slots = overBatch ? chosen.map((_, other) => other) : [slot];
  const tokens = (input: Node) =>
    Float64Array.from(
      slots.flatMap((other) => {
        const map = value(input, other);
        const wanted = overBatch ? [position] : Array.from({ length: positions }, (_, at) => at);
        return wanted.flatMap((at) =>
          Array.from({ length: channels }, (_, channel) => map[channel * positions + at]!),
        );
      }),
    );
  const count = overBatch ? slots.length : positions;
  const q = tokens(query);
  const k = tokens(key);
  const row = overBatch ? slot : position;
  const weights = Array.from({ length: heads }, (_, head) => {
    const all = attentionWeights({ q, k, v: k, count, width: channels, heads }, head);
    return [...all.subarray(row * count, (row + 1) * count)];
  });
  return { block, over, rows, columns, place: position, weights };
}

/** The map that a block reads: the query's input comes from it through two linear layers. */
function blockInput(graph: Graph, { query }: Attention): Node {
  return inputOf(graph, inputOf(graph, query, 0), 0);
}

function strongestPosition(map: Float32Array, positions: number): number {
  let best = 0;
  let strongest = -1;
  for (let position = 0; position < positions; position++) {
    let sum = 0;
    for (let at = position; at < map.length; at += positions) sum += map[at]! ** 2;
    if (sum > strongest) {
      strongest = sum;
      best = position;
    }
  }
  return best;
}
