import { checkChoice, checkOptions, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import type { Graph, Node } from "./graph.js";
import { inputOf, nodesOfRole, roleOf } from "./node-facts.js";
import { applyRules } from "./ops/attributes.js";
import { distancePenaltyOp } from "./ops/distance-penalty.js";
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

/** What is added to the loss, beside what it says of the classes. */
export interface PenaltyOptions {
  /**
   * λ, 0 or more: adds `λ · Σ (θ − identity)²` for each spatial transformer, the mean over the batch, where θ are the
   * numbers that its grid is made of: 6 of an affine map, 8 or 9 of a projective one, all coordinates of the control points
   * of a thin-plate spline.
   */
  readonly transform: number;
}

/** `PenaltyOptions`, checked; undefined where nothing is added. @throws InputError where they are wrong */
export function penaltyOf(
  where: string,
  options: PenaltyOptions | undefined,
): PenaltyOptions | undefined {
  if (options === undefined) return undefined;
  checkOptions(`${where}: penalty`, options, ["transform"]);
  const { transform } = options;
  const isNumber = typeof transform === "number" && Number.isFinite(Math.fround(transform));
  if (!isNumber || transform < 0) {
    throw new InputError(where, "penalty.transform to be a number of 0 or more", shown(transform));
  }
  return transform === 0 ? undefined : { transform };
}

/**
 * A classifier's graph with its loss appended. Where its output is not log-probabilities, they come first.
 *
 * @param classifier its output must be log-probabilities or logits [classes]
 * @param loss default: the negative log-likelihood of the image's class
 * @param penalty default: none
 * @throws InputError where an option is wrong, the weights are not one per class, or a penalty has nothing to act on
 * @example
 * const graph = withLoss(model.build(data).graph, { kind: "crossEntropy", labelSmoothing: 0.1 });
 * console.log(graph.nodes[graph.output].shape); // []
 */
export function withLoss(classifier: Graph, loss?: LossOptions, penalty?: PenaltyOptions): Graph {
  const graph = withLogProbabilities(classifier);
  const { kind, ...attributes } = lossOf("withLoss", loss);
  const whole =
    kind === "mse"
      ? appended(graph, mseOp, {}, "loss")
      : appended(graph, nllOp, attributes as Required<CrossEntropyOptions>, "loss");
  return withPenalty(whole, penaltyOf("withLoss", penalty));
}

/** A graph whose output is a loss, with the penalty added to it. */
function withPenalty(loss: Graph, penalty: PenaltyOptions | undefined): Graph {
  if (penalty === undefined) return loss;
  const maps = nodesOfRole(loss, "gridMap");
  if (maps.length === 0) {
    const expected = "penalty.transform only with a network that has a spatial transformer";
    throw new InputError("withLoss", expected, "a network without");
  }
  return maps.reduce((graph, { node, role }) => {
    const theta = inputOf(graph, node, role.theta);
    const attributes = { factor: penalty.transform, target: role.identity(theta.shape) };
    return appended(graph, distancePenaltyOp, attributes, "penalty", [theta]);
  }, loss);
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

/** A graph with an op applied to its output, and to further nodes. */
function appended<A extends object>(
  graph: Graph,
  op: ImageOp<A>,
  attributes: A,
  label: string,
  others: readonly Node[] = [],
): Graph {
  const inputs = [graph.nodes[graph.output]!, ...others];
  const node = {
    id: graph.nodes.length,
    op: op.name,
    inputs: inputs.map(({ id }) => id),
    parameters: [],
    attributes,
    shape: op.shape(
      inputs.map(({ shape }) => shape),
      attributes,
    ),
    label,
  };
  return { ...graph, nodes: [...graph.nodes, node], output: node.id };
}
