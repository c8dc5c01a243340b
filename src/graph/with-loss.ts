import type { Graph, Node } from "./graph.js";
import { ops } from "./ops/index.js";

/**
 * A classifier's graph with the image's loss as its result: negative log-likelihood of its class.
 *
 * @param classifier its output is log-probabilities [classes]
 */
export function withLoss(classifier: Graph): Graph {
  const output = classifier.nodes[classifier.output]!;
  const loss: Node<"nll"> = {
    id: classifier.nodes.length,
    op: "nll",
    inputs: [output.id],
    parameters: [],
    attributes: {},
    shape: ops.nll.shape([output.shape], {}),
    label: "loss",
  };
  return { ...classifier, nodes: [...classifier.nodes, loss], output: loss.id };
}
