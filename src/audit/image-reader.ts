import type { ImageSet } from "../data/dataset.js";
import { Engine } from "../engine/engine.js";
import type { Node } from "../graph/graph.js";
import { runPaced } from "../train/paced-steps.js";
import type { CheckRun, Subject } from "./check.js";

/** A batch that was just evaluated. */
export interface ReadBatch {
  /** Indices of its images in the set. */
  readonly images: Uint32Array;
  /** A node's value, [channel, row, column], for the image at index `slot` of the batch. */
  value(node: Node, slot: number): Float32Array;
}

/** Evaluates a model on a set of images, dropout off, and reads the values of some nodes. */
export class ImageReader {
  readonly #engine: Engine<"read", "images">;
  readonly #count: number;

  private constructor(engine: Engine<"read", "images">, count: number) {
    this.#engine = engine;
    this.#count = count;
  }

  /** @param nodes whose values are read; the engine may fuse others, whose values are then not stored */
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

  /** Indices of the images in the order of evaluation. Can be written to; initially 0, 1, 2 … */
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

/** A run that reports its progress as number `part` of `parts` equal parts of another run. */
export function partOf(run: CheckRun, part: number, parts: number): CheckRun {
  return { ...run, progress: (done) => run.progress((part + done) / parts) };
}
