import { Engine } from "../engine/engine.js";
import { sizeOf, trainedParameters } from "../graph/graph.js";
import { withLoss } from "../graph/with-loss.js";
import { runPaced } from "../train/paced-steps.js";
import type { CheckRun, Subject } from "./check.js";

/** The largest gradient of each value of a parameter. */
export interface GradientSizes {
  /** The largest |∂L/∂w|, where L is a batch's mean loss; NaN where a gradient is NaN. */
  readonly size: Float64Array;
  /** Index of the batch, in file order, that it was found in; 0 where the gradient is 0 in all. */
  readonly batch: Uint32Array;
}

/**
 * The largest gradient of each parameter over the batches of the training images, dropout off, in the
 * engine's float32.
 *
 * @returns by parameter name
 */
export async function largestGradients(
  subject: Subject,
  run: CheckRun,
): Promise<ReadonlyMap<string, GradientSizes>> {
  const { graph, data, parameters, batchSize } = subject;
  const engine = await Engine.create({
    plans: {
      slope: { graph: withLoss(graph), training: false, objective: "loss", update: false },
    },
    sets: { train: data.train },
    batchSize,
    threads: run.threads,
    mean: data.mean,
    std: data.std,
  });
  try {
    engine.setParameters(parameters);
    const sizes = emptySizes(subject);
    await runPaced(
      engine.steps("train"),
      (from, to) => {
        for (let step = from; step < to; step++) {
          engine.run({ plan: "slope", set: "train", from: step, to: step + 1 });
          for (const [name, { values }] of engine.gradients()) {
            enlarge(sizes.get(name)!, values, step);
          }
        }
      },
      (steps) => {
        run.signal?.throwIfAborted();
        run.progress(Math.min(1, (steps * batchSize) / data.train.count));
      },
    );
    return sizes;
  } finally {
    engine.close();
  }
}

function emptySizes({ graph }: Subject): Map<string, GradientSizes> {
  return new Map(
    trainedParameters(graph).map(({ name, shape }) => {
      const count = sizeOf(shape);
      return [name, { size: new Float64Array(count), batch: new Uint32Array(count) }];
    }),
  );
}

/** Keeps the larger of two sizes. A NaN is kept, so that an unknown gradient does not count as 0. */
function enlarge({ size, batch }: GradientSizes, gradients: Float32Array, step: number): void {
  for (let at = 0; at < size.length; at++) {
    const found = Math.abs(gradients[at]!);
    if (found <= size[at]! || Number.isNaN(size[at]!)) continue;
    size[at] = found;
    batch[at] = step;
  }
}
