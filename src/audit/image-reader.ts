import type { ImageSet } from "../data/dataset.js";
import { Engine } from "../engine/engine.js";
import type { Node } from "../graph/graph.js";
import { runPaced } from "../train/paced-steps.js";
import type { CheckRun, Subject } from "./check.js";

/** One batch that was just classified. */
export interface ReadBatch {
  /** Indices of its images in the set. */
  readonly images: Uint32Array;
  /** The value of a node that is read, for the image at this place of the batch, in the order [channel, row, column]. */
  value(node: Node, slot: number): Float32Array;
}

/** Shows a set of images to a model, dropout off, and reads the values of some nodes. */
export class ImageReader {
  readonly #engine: Engine<"read", "images">;
  readonly #count: number;

  private constructor(engine: Engine<"read", "images">, count: number) {
    this.#engine = engine;
    this.#count = count;
  }

  /** @param nodes that are read: the engine fuses others, whose values then never exist */
  static async open(
    { graph, data, parameters }: Subject,
    images: ImageSet,
    nodes: readonly Node[],
    batchSize: number,
    threads: number | undefined,
  ): Promise<ImageReader> {
    const kept = nodes.map(({ id }) => id);
    const engine = await Engine.create({
      plans: { read: { graph, training: false, objective: "values", update: false, kept } },
      sets: { images },
      batchSize,
      threads,
      mean: data.mean,
      std: data.std,
    });
    engine.setParameters(parameters);
    return new ImageReader(engine, images.count);
  }

  /** Order in which the images come, one index an image; a live view, file order at first. */
  get order(): Uint32Array {
    return this.#engine.order("images");
  }

  /** Reads all batches in turn. */
  async read(run: CheckRun, visit: (batch: ReadBatch) => void): Promise<void> {
    const engine = this.#engine;
    const value: ReadBatch["value"] = (node, slot) => engine.value("read", node.id, slot);
    await runPaced(
      engine.steps("images"),
      (from, to) => {
        for (let step = from; step < to; step++) {
          engine.run({ plan: "read", set: "images", from: step, to: step + 1 });
          const first = step * engine.batchSize;
          visit({ images: this.order.subarray(first, first + engine.batchSize), value });
        }
      },
      (steps) => {
        run.signal?.throwIfAborted();
        run.progress(Math.min(1, (steps * engine.batchSize) / this.#count));
      },
    );
  }

  close(): void {
    this.#engine.close();
  }
}

/** A run whose progress is one of several equal parts of another's. */
export function partOf(run: CheckRun, part: number, parts: number): CheckRun {
  return { ...run, progress: (done) => run.progress((part + done) / parts) };
}
