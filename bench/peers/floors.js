import { nodesWork } from "../../dist/bench/call-work.js";
import { batchSize } from "../../dist/bench/timed-steps.js";
import { models } from "../../dist/index.js";

/** Operations per multiply-add. */
const operations = 2;

/**
 * For each model the milliseconds that the multiply-adds of a training step take on one thread at the register-only
 * peak, computed directly: forward, the weights' gradients, and the maps' gradients where something before is trained.
 * Algorithms with fewer multiplications, such as Winograd's, and skipped zeros go below it.
 *
 * @param {Iterable<string>} names
 * @param data see `firstImages`
 * @param {number} peak GFLOP/s
 */
export function floors(names, data, peak) {
  return Array.from(names, (model) => {
    const { graph } = models[model].build(data);
    const sum = graph.nodes.reduce((all, node) => all + stepWork(graph, node), 0);
    return { model, milliseconds: (sum * batchSize * operations) / (peak * 1e6) };
  });
}

/** Multiply-adds of a node for one image of a training step. */
function stepWork(graph, node) {
  const forward = nodesWork({ graph, batchSize }, [node.id]);
  return forward * (node.inputs.some((id) => isTrained(graph, graph.nodes[id])) ? 3 : 2);
}

/** Whether a node's value depends on parameters. */
function isTrained(graph, { parameters, inputs }) {
  return parameters.length > 0 || inputs.some((id) => isTrained(graph, graph.nodes[id]));
}
