import { checkChoice, checkOptions } from "../arguments.js";
import type { Graph } from "./graph.js";
import { roleOf } from "./node-facts.js";
import { applyRules } from "./ops/attributes.js";
import { logSoftmaxOp } from "./ops/log-softmax.js";
import { mseOp } from "./ops/mse.js";
import { nllOp } from "./ops/nll.js";
import type { ImageOp } from "./ops/op.js";

/** Cross-entropy, as `torch.nn.functional.cross_entropy` with the mean over the batch. */
export interface CrossEntropyOptions {
  readonly kind: "crossEntropy";
  /** 0..1: the part of the target that is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
  /** A factor per class, 0 or more; the mean is weighted by them. Default: all alike. */
  readonly classWeights?: readonly number[];
}

/** Mean squared error of the probabilities against 1 for the image's class and 0 for the others. */
export interface MseOptions {
  readonly kind: "mse";
}

/** A loss with its options. */
export type LossOptions = CrossEntropyOptions | MseOptions;

/** Options of a loss with their defaults filled in. */
export type Loss = Required<CrossEntropyOptions> | MseOptions;

/**
 * Checks a loss, and fills in defaults.
 *
 * @throws InputError naming the first option that is wrong
 */
export function lossOf(where: string, options: LossOptions = { kind: "crossEntropy" }): Loss {
  const { kind } = Object(options) as LossOptions;
  checkChoice(where, "loss.kind", kind, ["crossEntropy", "mse"]);
  if (options.kind === "mse") {
    checkOptions(`${where}: loss mse`, options, ["kind"]);
    return { kind: "mse" };
  }
  const names = ["kind", "labelSmoothing", "classWeights"];
  checkOptions(`${where}: loss crossEntropy`, options, names);
  const { kind: _, ...attributes } = options;
  return { kind: "crossEntropy", ...applyRules(`${where}: loss`, nllOp.attributes, attributes) };
}

/**
 * A classifier's graph with its loss appended. Where its output is not log-probabilities, they come first.
 *
 * @param classifier its output must be log-probabilities or logits [classes]
 * @param loss default: the negative log-likelihood of the image's class
 * @throws InputError where an option is wrong, or the weights are not one per class
 * @example
 * const graph = withLoss(model.build(data).graph, { kind: "crossEntropy", labelSmoothing: 0.1 });
 * console.log(graph.nodes[graph.output].shape); // []
 */
export function withLoss(classifier: Graph, loss?: LossOptions): Graph {
  const graph = withLogProbabilities(classifier);
  const { kind, ...attributes } = lossOf("withLoss", loss);
  if (kind === "mse") return appended(graph, mseOp, {}, "loss");
  return appended(graph, nllOp, attributes as Required<CrossEntropyOptions>, "loss");
}

/**
 * A classifier's graph whose output is log-probabilities: with `logSoftmax` appended where it gives logits.
 *
 * @example
 * const graph = withLogProbabilities(model.build(data).graph);
 * console.log(graph.nodes[graph.output].op); // logSoftmax
 */
export function withLogProbabilities(classifier: Graph): Graph {
  const output = classifier.nodes[classifier.output]!;
  if (roleOf(output).kind === "logProbabilities") return classifier;
  return appended(classifier, logSoftmaxOp, {}, "logSoftmax");
}

/** A graph with an op applied to its output. */
function appended<A extends object>(
  graph: Graph,
  op: ImageOp<A>,
  attributes: A,
  label: string,
): Graph {
  const output = graph.nodes[graph.output]!;
  const node = {
    id: graph.nodes.length,
    op: op.name,
    inputs: [output.id],
    parameters: [],
    attributes,
    shape: op.shape([output.shape], attributes),
    label,
  };
  return { ...graph, nodes: [...graph.nodes, node], output: node.id };
}
