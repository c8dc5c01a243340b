import { checkWhole, shown } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { Engine } from "../engine/engine.js";
import type { PlanOptions } from "../engine/plan.js";
import { InputError } from "../errors.js";
import { findNode, type Graph, sizeOf } from "../graph/graph.js";
import { nodesOfRole } from "../graph/node-facts.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { bestClass } from "./class-scores.js";
import { runPaced } from "./paced-steps.js";

/** What images are given to: a network that returns log-probabilities, its weights, and the data that it is for. */
export interface Looked {
  readonly graph: Graph;
  readonly data: Dataset;
  readonly parameters: NamedTensors;
  readonly batchSize: number;
  readonly threads: number;
}

/** What a network says of an image. */
export interface Prediction {
  /** The class with the highest probability; −1 where it is NaN. */
  readonly predicted: number;
  /** One per class, 0..1. */
  readonly probabilities: Float32Array;
}

/** Classifies images, dropout off. Its engine is kept for the next images, as long as they are as many. */
export class Predictor {
  #engine: Engine<"look", "given"> | undefined;
  #count = 0;

  constructor(private readonly looked: Omit<Looked, "parameters">) {}

  async predict(images: Uint8Array, parameters: NamedTensors): Promise<Prediction[]> {
    const { graph, data } = this.looked;
    const count = checkedCount(data, images);
    const engine = await this.#engineOf(images, count, parameters);
    const found: Prediction[] = [];
    await runPaced(
      engine.steps("given"),
      (from, to) => {
        for (let step = from; step < to; step++) {
          engine.run({ plan: "look", set: "given", from: step, to: step + 1 });
          const here = Math.min(engine.batchSize, count - step * engine.batchSize);
          for (let slot = 0; slot < here; slot++) {
            found.push(predictionOf(engine.value("look", graph.output, slot)));
          }
        }
      },
      () => {},
    );
    return found;
  }

  async #engineOf(images: Uint8Array, count: number, parameters: NamedTensors) {
    if (this.#engine === undefined || this.#count !== count) {
      this.close();
      const { graph, batchSize } = this.looked;
      const plan = { training: false, objective: "values", kept: [graph.output] } as const;
      const looked = { ...this.looked, batchSize: Math.min(batchSize, count), parameters };
      this.#engine = await engineFor(looked, images, plan);
      this.#count = count;
      return this.#engine;
    }
    this.#engine.setParameters(parameters);
    this.#engine.setImages("given", images);
    return this.#engine;
  }

  close(): void {
    this.#engine?.close();
    this.#engine = undefined;
  }
}

function predictionOf(logProbabilities: Float32Array): Prediction {
  return {
    predicted: bestClass(logProbabilities),
    probabilities: logProbabilities.map(Math.exp),
  };
}

/** The value of the node with this label for an image, dropout off; a map is [channel, row, column]. */
export async function activations(
  looked: Looked,
  label: string,
  image: Uint8Array,
): Promise<Tensor32> {
  const node = findNode(looked.graph, label);
  if (node === undefined) {
    const labels = looked.graph.nodes.map((each) => each.label).join(", ");
    throw new InputError("session.activations", `label to be one of ${labels}`, shown(label));
  }
  checkOne("session.activations", looked.data, image);
  const plan = { training: false, objective: "values", kept: [node.id] } as const;
  const engine = await engineFor({ ...looked, batchSize: 1 }, image, plan);
  try {
    engine.run({ plan: "look", set: "given", from: 0, to: 1 });
    return { shape: node.shape, values: engine.value("look", node.id, 0) };
  } finally {
    engine.close();
  }
}

/**
 * Gradient of the logarithm of a class's probability with respect to the image's normalised values, [channel, row,
 * column], dropout off.
 */
export async function inputGradient(
  looked: Looked,
  image: Uint8Array,
  classIndex: number,
): Promise<Tensor32> {
  const { graph, data } = looked;
  checkWhole("session.inputGradient", "class", classIndex, 0, data.classes - 1);
  checkOne("session.inputGradient", data, image);
  const { node } = nodesOfRole(graph, "input").find(
    (each) => each.role.source(each.node.attributes) === "image",
  )!;
  const kept = [node.id];
  const plan = { training: false, objective: "cotangent", inputGradients: true, kept } as const;
  const engine = await engineFor({ ...looked, batchSize: 1 }, image, plan);
  try {
    const cotangent = new Float32Array(data.classes);
    cotangent[classIndex] = 1;
    engine.setCotangent("look", 0, cotangent);
    engine.run({ plan: "look", set: "given", from: 0, to: 1 });
    return { shape: node.shape, values: engine.nodeGradient("look", node.id, 0) };
  } finally {
    engine.close();
  }
}

async function engineFor(
  { graph, data, parameters, batchSize, threads }: Looked,
  images: Uint8Array,
  plan: Omit<PlanOptions, "update">,
): Promise<Engine<"look", "given">> {
  const count = images.length / imageSize(data);
  const { mean, std } = data;
  const engine = await Engine.create({
    plans: { look: { graph, ...plan, update: false } },
    sets: { given: { count, images, labels: new Uint8Array(count) } },
    ...{ batchSize, threads, mean, std },
  });
  try {
    engine.setParameters(parameters);
    return engine;
  } catch (error) {
    engine.close();
    throw error;
  }
}

function imageSize({ channels, rows, columns }: Dataset): number {
  return sizeOf([channels, rows, columns]);
}

function checkedCount(data: Dataset, images: Uint8Array): number {
  const size = imageSize(data);
  const isBytes = images instanceof Uint8Array && images.length > 0;
  if (isBytes && images.length % size === 0) return images.length / size;
  const expected = `images in a Uint8Array of one or more times ${size} bytes`;
  throw new InputError("session.predict", expected, shown(images));
}

function checkOne(where: string, data: Dataset, image: Uint8Array): void {
  const size = imageSize(data);
  if (image instanceof Uint8Array && image.length === size) return;
  throw new InputError(where, `image to be a Uint8Array of ${size} bytes`, shown(image));
}
