import { Engine } from "../engine/engine.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { runPaced } from "../train/paced-steps.js";
import type { CheckRun, Subject } from "./check.js";

/** A change of one value of a parameter, and the batch of training images on which to measure its effect. */
export interface Push {
  readonly name: string;
  readonly at: number;
  /** The amount that is added to the value. */
  readonly by: number;
  /** Index of the batch in file order. */
  readonly batch: number;
}

/** Changes values one at a time. Returns, for each, the largest change of a log-probability, nats. */
export async function pushValues(
  subject: Subject,
  pushes: readonly Push[],
  run: CheckRun,
): Promise<number[]> {
  if (pushes.length === 0) return [];
  const { graph, data, parameters, batchSize } = subject;
  const engine = await Engine.create({
    plans: { read: { graph, training: false, objective: "values", update: false } },
    sets: { train: data.train },
    batchSize,
    threads: run.threads,
    mean: data.mean,
    std: data.std,
  });
  const images = (batch: number) => Math.min(batchSize, data.train.count - batch * batchSize);
  const logProbabilities = (tensors: NamedTensors, batch: number): number[] => {
    engine.setParameters(tensors);
    engine.run({ plan: "read", set: "train", from: batch, to: batch + 1 });
    const slots = Array.from({ length: images(batch) }, (_, slot) => slot);
    return slots.flatMap((slot) => [...engine.value("read", graph.output, slot)]);
  };
  try {
    const changes: number[] = [];
    await runPaced(
      pushes.length,
      (from, to) => {
        for (const { name, at, by, batch } of pushes.slice(from, to)) {
          const before = logProbabilities(parameters, batch);
          const pushed = new Map(parameters).set(name, moved(parameters.get(name)!, at, by));
          const after = logProbabilities(pushed, batch);
          changes.push(before.reduce((most, x, i) => Math.max(most, Math.abs(x - after[i]!)), 0));
        }
      },
      (done) => {
        run.signal?.throwIfAborted();
        run.progress(done / pushes.length);
      },
    );
    return changes;
  } finally {
    engine.close();
  }
}

function moved({ shape, values }: Tensor32, at: number, by: number): Tensor32 {
  const copy = values.slice();
  copy[at]! += by;
  return { shape, values: copy };
}
