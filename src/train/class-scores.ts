import { shown } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { Engine } from "../engine/engine.js";
import type { EngineSet } from "../engine/options.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import type { NamedTensors } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { runPaced } from "./paced-steps.js";

/** What classifies images: a network, its weights, and how images go in. */
export interface Scorer extends Pick<Dataset, "mean" | "std"> {
  readonly graph: Graph;
  readonly parameters: NamedTensors;
  readonly batchSize: number;
  readonly threads: number | undefined;
}

/**
 * Logarithms of the probabilities of all classes, dropout off, `images × classes`. Images are put into batches in the
 * set's order, which matters only to models that look across the batch.
 *
 * @param onImages called some 20 times per second with the number of images done
 * @throws InputError where the parameters are not the graph's
 */
export async function classScores(
  { graph, parameters, mean, std, batchSize, threads }: Scorer,
  set: EngineSet,
  onImages: (done: number) => void = () => {},
): Promise<Float32Array> {
  if (!(parameters instanceof Map)) {
    throw new InputError("predict", "parameters by name in a Map", shown(parameters));
  }
  const scored = withLogProbabilities(graph);
  const { output } = scored;
  const [classes = 1] = scored.nodes[output]!.shape;
  const plan = { training: false, objective: "values", update: false, kept: [output] } as const;
  const engine = await Engine.create({
    plans: { score: { graph: scored, ...plan } },
    sets: { given: set },
    ...{ batchSize: Math.min(batchSize, set.count), threads, mean, std },
  });
  try {
    engine.setParameters(parameters);
    const scores = new Float32Array(set.count * classes);
    await runPaced(
      engine.steps("given"),
      (from, to) => {
        for (let step = from; step < to; step++) {
          engine.run({ plan: "score", set: "given", from: step, to: step + 1 });
          const first = step * engine.batchSize;
          const here = Math.min(engine.batchSize, set.count - first);
          for (let slot = 0; slot < here; slot++) {
            scores.set(engine.value("score", output, slot), (first + slot) * classes);
          }
        }
      },
      (steps) => onImages(Math.min(steps * engine.batchSize, set.count)),
    );
    return scores;
  } finally {
    engine.close();
  }
}

/** The class with the highest score; −1 where one is NaN. */
export function bestClass(scores: Float32Array): number {
  if (scores.some(Number.isNaN)) return -1;
  return scores.indexOf(Math.max(...scores));
}
