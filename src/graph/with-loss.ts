import type { Graph, Node } from "./graph.js";
import { nllOp } from "./ops/nll.js";

/**
 * A classifier's graph with its loss appended, the negative log-likelihood of the image's class.
 *
 * @param classifier its output must be log-probabilities [classes]
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
