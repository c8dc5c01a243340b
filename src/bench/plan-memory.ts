import { placeParameters } from "../engine/parameter-layout.js";
import { compile } from "../engine/plan.js";
import type { Graph } from "../graph/graph.js";
import { withLoss } from "../graph/with-loss.js";

/**
 * Working memory of a training step, bytes: values and gradients of the layers and scratch memory of the
 * kernels, for all threads and all images of a batch. Without images, parameters and their gradients.
 *
 * @param classifier a graph whose output is log-probabilities
 */
export function planMemory(
  classifier: Graph,
  { threads, batchSize }: { readonly threads: number; readonly batchSize: number },
): number {
  const graph = withLoss(classifier);
  const training = { training: true, objective: "loss", update: true } as const;
  const plan = compile(graph, batchSize, placeParameters(graph), 0, training);
  return threads * plan.threadBytes + batchSize * plan.slotBytes + plan.batchBytes;
}
