import type { Graph, Node } from "./graph.js";
import { nllOp } from "./ops/nll.js";

/**
 * A classifier's graph with the image's loss as its result: negative log-likelihood of its class.
 *
 * @param classifier its output is log-probabilities [classes]
 */
export function withLoss(classifier: Graph): Graph {
  const output = classifier.nodes[classifier.output]!;
  const loss: Node = {
    id: classifier.nodes.length,
    op: nllOp.name,
    inputs: [output.id],
    parameters: [],
    attributes: {},
    shape: nllOp.shape([output.shape], {}),
    label: "loss",
  };
  return { ...classifier, nodes: [...classifier.nodes, loss], output: loss.id };
}
