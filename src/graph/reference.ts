import { type Graph, type Node, sizeOf } from "./graph.js";
import { definitionOf, roleOf } from "./node-facts.js";
import type { ReferenceCall, ReferenceGradients, Tensor64 } from "./ops/op.js";
import { dropThreshold, randomBits } from "./philox.js";

/** One image of a batch. */
export interface ReferenceImage {
  /** Values of the graph's inputs by node id, row-major [channel, row, column]. */
  readonly inputs: ReadonlyMap<number, Float64Array>;
  /** Class of the image; default 0. */
  readonly label?: number;
}

/** Values by parameter name, row-major in PyTorch's layout: what the engine's `parameters()` gives, or float64. */
export type ReferenceParameters = ReadonlyMap<string, { readonly values: ArrayLike<number> }>;

export interface ReferenceOptions {
  /** Whether dropout drops, and batch norm takes the batch's statistics. Default false. */
  readonly training?: boolean;
  /** Seed of dropout's random bits. Default 0. */
  readonly seed?: number;
  /** Number of the step, for dropout's random bits. Default 0. */
  readonly step?: number;
}

/** What `differentiateReference` returns. */
export interface GraphGradients {
  /** By parameter name, summed over the images; buffers have none. */
  readonly parameters: ReadonlyMap<string, Float64Array>;
  /** With respect to each node's value, as `nodes[image][node id]`; undefined where nothing depends on it. */
  readonly nodes: readonly (readonly (Float64Array | undefined)[])[];
}

/**
 * Computes a graph for a batch of images in plain float64. The engine's kernels are tested against it; it is slow, and
 * has no side effects.
 *
 * @returns the value of every node, as `values[image][node id]`
 */
export function runReference(
  graph: Graph,
  batch: readonly ReferenceImage[],
  parameters: ReferenceParameters,
  options: ReferenceOptions = {},
): Float64Array[][] {
  const values: Float64Array[][] = batch.map(() => []);
  const tensors = parameterTensors(graph, parameters);
  for (const node of graph.nodes) {
    const results =
      roleOf(node).kind === "input"
        ? batch.map((image) => givenValues(node, image))
        : forward(node, nodeCalls(graph, node, batch, tensors, values, options));
    results.forEach((result, image) => {
      values[image]!.push(result);
    });
  }
  return values;
}

/**
 * Gradients of `Σ over images and values of cotangent · output`, in plain float64.
 *
 * @param cotangents per image, the gradient of the loss with respect to the output
 */
export function differentiateReference(
  graph: Graph,
  batch: readonly ReferenceImage[],
  parameters: ReferenceParameters,
  cotangents: readonly Float64Array[],
  options: ReferenceOptions = {},
): GraphGradients {
  const values = runReference(graph, batch, parameters, options);
  const tensors = parameterTensors(graph, parameters);
  const sums = tensors.map((tensor) => new Float64Array(tensor.values.length));
  const nodes: (Float64Array | undefined)[][] = batch.map(() => []);
  cotangents.forEach((cotangent, image) => {
    nodes[image]![graph.output] = cotangent.slice();
  });
  for (const node of graph.nodes.toReversed()) {
    // A node has a gradient in every image or in none.
    if (roleOf(node).kind === "input" || nodes[0]?.[node.id] === undefined) continue;
    const calls = nodeCalls(graph, node, batch, tensors, values, options).map((call, image) => ({
      ...call,
      output: values[image]![node.id]!,
      gradient: nodes[image]![node.id]!,
    }));
    const definition = definitionOf(node);
    const results =
      definition.scope === "image"
        ? calls.map((call) => definition.backward(call))
        : definition.backward(calls);
    results.forEach((result, image) => {
      addGradients(node, result, nodes[image]!, sums);
    });
  }
  const named = graph.parameters.flatMap(({ name, buffer }, index) =>
    buffer ? [] : [[name, sums[index]!] as const],
  );
  return { parameters: new Map(named), nodes };
}

function forward(node: Node, calls: readonly ReferenceCall<unknown>[]): Float64Array[] {
  const definition = definitionOf(node);
  return definition.scope === "image"
    ? calls.map((call) => definition.forward(call))
    : definition.forward(calls);
}

function parameterTensors(graph: Graph, parameters: ReferenceParameters): Tensor64[] {
  return graph.parameters.map(({ name, shape }) => {
    const values = parameters.get(name)?.values;
    if (values === undefined) throw new Error(`reference: no parameter ${name}`);
    if (values.length !== sizeOf(shape)) {
      throw new Error(`reference: ${name} has ${values.length} values, not ${sizeOf(shape)}`);
    }
    return { shape, values: values instanceof Float64Array ? values : Float64Array.from(values) };
  });
}

function givenValues(node: Node, image: ReferenceImage): Float64Array {
  const values = image.inputs.get(node.id);
  if (values === undefined) throw new Error(`reference: no values for input ${node.label}`);
  if (values.length !== sizeOf(node.shape)) {
    throw new Error(
      `reference: ${node.label} has ${values.length} values, not ${sizeOf(node.shape)}`,
    );
  }
  return values;
}

/** What a node's op is called with, one call per image. */
function nodeCalls(
  graph: Graph,
  node: Node,
  batch: readonly ReferenceImage[],
  tensors: readonly Tensor64[],
  values: readonly (readonly Float64Array[])[],
  options: ReferenceOptions,
): ReferenceCall<unknown>[] {
  const labels = batch.map(({ label = 0 }) => label);
  return batch.map(({ label = 0 }, slot) => ({
    inputs: node.inputs.map((id) => ({
      shape: graph.nodes[id]!.shape,
      values: values[slot]![id]!,
    })),
    parameters: node.parameters.map((index) => tensors[index]!),
    attributes: node.attributes,
    shape: node.shape,
    label,
    labels,
    training: options.training ?? false,
    keeps: survival(node, slot, options),
  }));
}

/** Dropout's decisions for one image, the same as the kernels': units are numbered through the whole batch. */
function survival(
  node: Node,
  slot: number,
  { seed = 0, step = 0 }: ReferenceOptions,
): ReferenceCall<unknown>["keeps"] {
  const units = definitionOf(node).randomUnits(node.shape);
  const key = { seed, stream: node.id, step };
  return (position, p) => randomBits(key, slot * units + position) >= dropThreshold(p);
}

/** Adds the gradients that one image's backward call returned to those of its inputs and parameters. */
function addGradients(
  node: Node,
  found: ReferenceGradients,
  nodes: (Float64Array | undefined)[],
  sums: readonly Float64Array[],
): void {
  found.inputs.forEach((gradient, index) => {
    if (gradient === undefined) return;
    const id = node.inputs[index]!;
    nodes[id] ??= new Float64Array(gradient.length);
    addTo(nodes[id], gradient);
  });
  found.parameters?.forEach((gradient, index) => {
    addTo(sums[node.parameters[index]!]!, gradient);
  });
}

function addTo(sum: Float64Array, values: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}
