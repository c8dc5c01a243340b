import { type FramedPicture, framed } from "../data/transforms/frame.js";
import type { Pixels } from "../data/transforms/pixels.js";
import { Engine } from "../engine/engine.js";
import { toFloat32 } from "../formats/float32.js";
import { readSafetensors } from "../formats/safetensors.js";
import type { Graph } from "../graph/graph.js";
import { decodeGraph } from "../graph/graph-codec.js";
import type { Tensor32 } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { transformersOf } from "../inspect/transformer-nodes.js";
import { withTemperature } from "../stats/calibration.js";
import { embeddedBytes, embeddedText } from "./embedded.browser.js";
import { dataElements, type PageContent } from "./page-content.js";

/** What the network says of a picture. */
export interface Answer {
  readonly seen: FramedPicture;
  /** What a spatial transformer makes of it, bytes in the layout of the picture. */
  readonly warped?: Pixels;
  /** By class; NaN where the network gives NaN. */
  readonly probabilities: Float64Array;
}

/** The network of the page. */
export class PageNetwork {
  readonly #graph: Graph;
  readonly #parameters: Map<string, Tensor32>;

  private constructor(
    readonly content: PageContent,
    parameters: Map<string, Tensor32>,
  ) {
    this.#graph = withLogProbabilities(decodeGraph("page", content.graph));
    this.#parameters = parameters;
  }

  /** Reads what the page holds. */
  static async open(): Promise<PageNetwork> {
    const content = JSON.parse(embeddedText(dataElements.content)) as PageContent;
    const { tensors } = readSafetensors(await embeddedBytes(dataElements.weights), "weights");
    const parameters = new Map<string, Tensor32>();
    for (const [name, tensor] of tensors) {
      const floats = toFloat32(tensor);
      if (floats) parameters.set(name, floats);
    }
    return new PageNetwork(content, parameters);
  }

  /** Classifies a picture of any size. */
  async classify(picture: Pixels): Promise<Answer> {
    const graph = this.#graph;
    const { mean, std, framing, temperature } = this.content;
    const seen = framed(picture, this.content, framing);
    const [transformer] = transformersOf(graph);
    const kept = [graph.output, ...(transformer ? [transformer.sampler.id] : [])];
    const images = Uint8Array.from(seen.picture.values);
    const engine = await Engine.create({
      plans: { page: { graph, training: false, objective: "values", update: false, kept } },
      sets: { given: { count: 1, images, labels: new Uint8Array(1) } },
      ...{ batchSize: 1, threads: 1, mean, std },
    });
    try {
      engine.setParameters(this.#parameters);
      engine.run({ plan: "page", set: "given", from: 0, to: 1 });
      const probabilities = withTemperature(engine.value("page", graph.output, 0), temperature).map(
        Math.exp,
      );
      const warped = transformer && engine.value("page", transformer.sampler.id, 0);
      return { seen, probabilities, ...(warped && { warped: this.#bytesOf(warped) }) };
    } finally {
      engine.close();
    }
  }

  /** Undoes the normalisation of [channels, rows, columns], and puts channels last. */
  #bytesOf(values: Float32Array): Pixels {
    const { channels, rows, columns, mean, std } = this.content;
    const positions = rows * columns;
    const of = (value: number | readonly number[], channel: number) =>
      typeof value === "number" ? value : value[channel]!;
    const clamped = Uint8ClampedArray.from({ length: values.length }, (_, at) => {
      const channel = at % channels;
      const normalised = values[channel * positions + Math.floor(at / channels)]!;
      return (normalised * of(std, channel) + of(mean, channel)) * 255;
    });
    return { rows, columns, channels, values: Uint8Array.from(clamped) };
  }
}
