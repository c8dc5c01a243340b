import { placeParameters } from "../engine/parameter-layout.js";
import { compile } from "../engine/plan.js";
import type { Graph } from "../graph/graph.js";
import { withLoss } from "../graph/with-loss.js";

/**
 * Bytes that a training step works in: values and gradients of the layers, and what kernels keep in
 * between, of every thread and every image of a batch. Images, parameters and their gradients are not
 * part of it.
 *
 * @param classifier its output is log-probabilities
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
