import { canonicalJson } from "../canonical-json.js";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { sha256 } from "../sha256.js";
import { GraphBuilder, type Tensor } from "./builder.js";
import { type Graph, type Initialization, type Shape, sizeOf } from "./graph.js";
import { storedAttributes } from "./ops/attributes.js";
import { type OpName, ops } from "./ops/index.js";
import type { OpDefinition } from "./ops/op.js";
import { showShape } from "./ops/shapes.js";

/** A graph as JSON, without the nodes' shapes, which the ops' shape rules give. */
export interface EncodedGraph {
  readonly nodes: readonly EncodedNode[];
  readonly parameters: readonly EncodedParameter[];
  /** Index of the output among the nodes. */
  readonly output: number;
}

export interface EncodedNode {
  readonly op: string;
  readonly label: string;
  /** Indices of the nodes it reads, all smaller than its own. */
  readonly inputs: readonly number[];
  /** Indices among the parameters. */
  readonly parameters: readonly number[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface EncodedParameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initialization: Initialization;
  /** Missing in parameters that are trained. */
  readonly buffer?: true;
}

/** Upper limits of a graph from a file: far more than a small network needs. */
export const graphLimits = {
  nodes: 4096,
  parameters: 4096,
  /** Of trainable values, and of the values of all nodes for one image. */
  values: 2 ** 26,
  /** Characters of a label or of a parameter's name. */
  name: 200,
} as const;

/** A graph as JSON. */
export function encodeGraph({ nodes, parameters, output }: Graph): EncodedGraph {
  return {
    nodes: nodes.map(({ op, label, inputs, parameters: read, attributes }) => ({
      op,
      label,
      inputs,
      parameters: read,
      attributes: { ...storedAttributes(ops[op as OpName].attributes as never, attributes) },
    })),
    parameters: parameters.map(({ name, shape, initialization, buffer }) => ({
      name,
      shape,
      initialization,
      ...(buffer && { buffer }),
    })),
    output,
  };
}

/** SHA-256 of a graph's JSON, hexadecimal: identifies a network, whatever its name. */
export function graphHash(graph: Graph): string {
  return sha256(new TextEncoder().encode(canonicalJson(encodeGraph(graph))));
}

/**
 * A graph from JSON, which need not be trusted: ops, attributes, inputs, parameters and shapes are checked by the ops'
 * rules, sizes by {@link graphLimits}.
 *
 * @param where names the file in errors
 * @throws InputError naming the first node or parameter that is wrong
 */
export function decodeGraph(where: string, encoded: EncodedGraph): Graph {
  checkCounts(where, encoded);
  const builder = new GraphBuilder();
  let trained = 0;
  encoded.parameters.forEach((parameter, index) => {
    const at = `${where}: parameter ${index}`;
    checkParameter(at, parameter);
    trained += sizeOf(parameter.shape);
    if (trained > graphLimits.values) throw tooLarge(where, "trained values");
  });
  const tensors: Tensor[] = [];
  let values = 0;
  encoded.nodes.forEach((node, index) => {
    const tensor = addNode(`${where}: node ${index}`, builder, encoded, tensors, node);
    values += sizeOf(tensor.shape);
    if (values > graphLimits.values) throw tooLarge(where, "values of nodes");
    tensors.push(tensor);
  });
  const output = tensors[encoded.output];
  if (output === undefined) {
    const expected = `output to be one of its ${tensors.length} nodes`;
    throw new InputError(where, expected, String(encoded.output));
  }
  const graph = builder.finish(output);
  checkParameterOrder(where, encoded, graph);
  return graph;
}

/** Parameters must be in the order of their first use, and each must be used by a node. */
function checkParameterOrder(where: string, encoded: EncodedGraph, graph: Graph): void {
  encoded.parameters.forEach(({ name }, index) => {
    const expected = graph.parameters[index]?.name;
    if (name === expected) return;
    const first =
      expected === undefined
        ? "no further parameter"
        : `${excerpt(expected)}, in order of first use`;
    throw new InputError(`${where}: parameter ${index}`, first, excerpt(name));
  });
}

function checkCounts(where: string, encoded: EncodedGraph): void {
  for (const what of ["nodes", "parameters"] as const) {
    const { length } = encoded[what];
    if (length <= graphLimits[what]) continue;
    throw new InputError(where, `at most ${graphLimits[what]} ${what}`, String(length));
  }
}

function tooLarge(where: string, what: string): InputError {
  return new InputError(where, `at most ${graphLimits.values} ${what}`, "more");
}

function addNode(
  at: string,
  builder: GraphBuilder,
  encoded: EncodedGraph,
  tensors: readonly Tensor[],
  node: EncodedNode,
): Tensor {
  const { op, label, attributes } = node;
  checkName(`${at}: label`, label);
  if (!Object.hasOwn(ops, op)) {
    throw new InputError(`${at}: op`, `one of ${Object.keys(ops).join(", ")}`, excerpt(op));
  }
  const inputs = node.inputs.map((input) => {
    const tensor = tensors[input];
    if (tensor !== undefined) return tensor;
    throw new InputError(`${at}: inputs`, "indices of nodes before it", String(input));
  });
  const parameters = node.parameters.map((index) => {
    const parameter = encoded.parameters[index];
    if (parameter !== undefined) return parameter;
    const expected = `indices below ${encoded.parameters.length}`;
    throw new InputError(`${at}: parameters`, expected, String(index));
  });
  try {
    // The builder checks the attributes. Layers may share parameters: the code that made the graph has allowed it.
    const unchecked = attributes as never;
    return builder.add(ops[op as OpName] as unknown as OpDefinition<object>, {
      inputs,
      attributes: unchecked,
      parameters,
      label,
      share: true,
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${at}, ${error.where}`, error.expected, error.got);
  }
}

function checkParameter(at: string, { name, shape, initialization }: EncodedParameter): void {
  checkName(`${at}: name`, name);
  const isShape =
    shape.length <= 8 && shape.every((extent) => Number.isInteger(extent) && extent > 0);
  if (!isShape || sizeOf(shape) > graphLimits.values) {
    throw new InputError(`${at}: shape`, "at most 8 whole numbers above 0", showShape(shape));
  }
  if (initialization.kind === "values" && initialization.values.length !== sizeOf(shape)) {
    const expected = `${sizeOf(shape)} initial values`;
    throw new InputError(at, expected, String(initialization.values.length));
  }
}

function checkName(at: string, name: string): void {
  if (/^[\x20-\x7e]+$/.test(name) && name.length <= graphLimits.name) return;
  const expected = `1 to ${graphLimits.name} printable ASCII characters`;
  throw new InputError(at, expected, excerpt(name));
}
