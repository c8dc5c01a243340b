import { firstImages } from "../data/subset.js";
import type { NamedTensors } from "../graph/tensors.js";
import { counted } from "../numbers.js";
import { sha256 } from "../sha256.js";
import { train } from "../train/train.js";
import type { Check, CheckRun, Subject } from "./check.js";

/** One short training. */
export interface RepeatedTraining {
  readonly threads: number;
  /** SHA-256 (hex) of all parameters' bits in the order of their names. */
  readonly digest: string;
}

export interface ReproducibilityFigures {
  readonly steps: number;
  readonly build: string;
  readonly trainings: readonly RepeatedTraining[];
}

const STEPS = 20;
const THREADS = [1, 1, 2, 3];

/**
 * Do equal settings give equal bits?
 *
 * Trains 20 steps from the seed's initial values, twice on one thread, once on two and once on three, and
 * compares the parameters bit by bit.
 */
export const checkReproducibility: Check<ReproducibilityFigures> = async (subject, run) => {
  const trainings: RepeatedTraining[] = [];
  let build = "";
  for (const threads of THREADS) {
    const result = await trainShortly(subject, threads, run);
    build = result.engine.build;
    trainings.push({ threads, digest: digestOf(result.parameters) });
    run.progress(trainings.length / THREADS.length);
  }
  const steps = Math.min(STEPS, Math.ceil(subject.data.train.count / subject.batchSize));
  const digests = new Set(trainings.map(({ digest }) => digest));
  const figures = { steps, build, trainings };
  if (digests.size === 1) {
    const short = trainings[0]!.digest.slice(0, 12);
    const text = `the same bits after ${counted(steps, "step")}, twice and with 1, 2 and 3 threads (${build}, ${short})`;
    return { verdict: "pass", text, figures };
  }
  const text = `${digests.size} different results of ${counted(steps, "step")} with 1, 1, 2 and 3 threads (${build})`;
  return { verdict: "flag", text, figures };
};

function trainShortly(subject: Subject, threads: number, { signal }: CheckRun) {
  const { model, data, seed, batchSize, learningRate } = subject;
  const few = {
    ...data,
    train: firstImages(data.train, data, STEPS * batchSize),
    test: firstImages(data.test, data, 1),
  };
  const onProgress = () => signal?.throwIfAborted();
  return train({ model, data: few, epochs: 1, seed, batchSize, learningRate, threads, onProgress });
}

function digestOf(parameters: NamedTensors): string {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(
    ...sorted.map(([, { values }]) => {
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    }),
  );
}
