import { checkOptions, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { counted, listed } from "../numbers.js";
import type { Graph, Node, Parameter, Shape } from "./graph.js";
import { applyRules } from "./ops/attributes.js";
import type { InputRange, OpDefinition, ParameterLayout } from "./ops/op.js";
import { showShape } from "./ops/shapes.js";

/** The value of a node while a graph is being built. */
export interface Tensor {
  readonly builder: GraphBuilder;
  readonly id: number;
  readonly shape: Shape;
}

/** The option that all layers have. */
export interface Sharing {
  /**
   * Whether the layer shares the parameters of an earlier layer of the same name. Default false: a second layer of
   * that name throws.
   */
  readonly share?: boolean;
}

/** What `GraphBuilder.add` needs to know of a node. */
export interface NodeDescription<A> extends Sharing {
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  /** New parameters, or those of an earlier node, by name. Default none. */
  readonly parameters?: readonly Parameter[];
  /** Whether its parameters also hold rows of other layers, which may have added them before. Default false. */
  readonly packed?: boolean;
  readonly label: string;
}

/** A parameter, and the op that added it. */
interface KnownParameter {
  readonly index: number;
  readonly shape: Shape;
  /** Name of the op that added it. */
  readonly op: string;
  readonly layout: ParameterLayout;
  readonly buffer: boolean;
}

/**
 * Collects nodes and parameters into a `Graph`.
 *
 * Model code does not call it; the functions in `ops/` do.
 */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #parameters: Parameter[] = [];
  readonly #known = new Map<string, KnownParameter>();
  /** Labels of nodes that have parameters. */
  readonly #layers = new Set<string>();

  /**
   * Appends a node.
   *
   * @throws InputError where its inputs, attributes or parameters do not fit the op; then nothing is added
   */
  add<A extends object>(definition: OpDefinition<A>, description: NodeDescription<A>): Tensor {
    const { inputs, parameters = [], label } = description;
    const op = definition.name;
    checkInputCount(op, definition.inputCount, inputs.length);
    this.#checkOwn(op, inputs);
    const attributes = applyRules(op, definition.attributes, description.attributes);
    const shapes = inputs.map((input) => input.shape);
    const shape = definition.shape(shapes, attributes);
    definition.checkParameters(
      shapes,
      attributes,
      parameters.map((parameter) => parameter.shape),
    );
    checkBuffers(definition, parameters);
    this.#checkSharing(definition, description);
    const id = this.#nodes.length;
    this.#nodes.push({
      id,
      op,
      inputs: inputs.map((input) => input.id),
      parameters: parameters.map((parameter, at) =>
        this.#indexOf(parameter, op, definition.parameterLayouts[at]!),
      ),
      attributes,
      shape,
      label,
    });
    if (parameters.length > 0) this.#layers.add(label);
    return { builder: this, id, shape };
  }

  /** The names of nodes, as errors and drawings show them. */
  labelsOf(tensors: readonly Tensor[]): string[] {
    return tensors.map(({ id }) => this.#nodes[id]!.label);
  }

  #checkOwn(where: string, tensors: readonly Tensor[]): void {
    for (const tensor of tensors) {
      if (tensor?.builder === this) continue;
      const got = tensor?.builder instanceof GraphBuilder ? "one of another graph" : "no tensor";
      throw new InputError(where, "tensors of one graph", got);
    }
  }

  /** A parameter has one owner unless `share` is set, and always the shape and layout of its first use. */
  #checkSharing<A>(
    { name: op, parameterLayouts }: OpDefinition<A>,
    description: NodeDescription<A>,
  ): void {
    const { label, parameters = [], share = false, packed = false } = description;
    const known = parameters.map(({ name }) => this.#known.get(name));
    const isTaken = this.#layers.has(label) || (!packed && known.some((each) => each));
    if (parameters.length > 0 && isTaken && !share) {
      const got = `${label}, which an earlier layer has (share: true shares its weights)`;
      throw new InputError(op, "a new layer name", got);
    }
    parameters.forEach(({ name, shape, buffer = false }, at) => {
      const first = known[at];
      if (first === undefined) return;
      if (first.buffer !== buffer) {
        throw new InputError(name, kindOf(first), kindOf({ buffer }));
      }
      if (first.shape.join() !== shape.join()) {
        const expected = `the shape of its first use ${showShape(first.shape)}`;
        throw new InputError(name, expected, showShape(shape));
      }
      if (first.layout !== parameterLayouts[at]) {
        throw new InputError(name, `the memory layout of its first use in ${first.op}`, `${op}'s`);
      }
    });
  }

  #indexOf(parameter: Parameter, op: string, layout: ParameterLayout): number {
    const { name, shape, buffer = false } = parameter;
    const known = this.#known.get(name);
    if (known !== undefined) return known.index;
    const index = this.#parameters.push(parameter) - 1;
    this.#known.set(name, { index, shape, op, layout, buffer });
    return index;
  }

  /** @throws InputError where the output is not a tensor of this graph */
  finish(output: Tensor): Graph {
    this.#checkOwn("graph", [output]);
    return { nodes: this.#nodes, parameters: this.#parameters, output: output.id };
  }
}

/** The op's last parameters are its buffers. @throws InputError where another one is, or one of them is not */
function checkBuffers<A>({ buffers = 0 }: OpDefinition<A>, parameters: readonly Parameter[]): void {
  parameters.forEach(({ name, buffer = false }, at) => {
    const expected = at >= parameters.length - buffers;
    if (buffer === expected) return;
    throw new InputError(name, kindOf({ buffer: expected }), kindOf({ buffer }));
  });
}

function kindOf({ buffer }: { readonly buffer: boolean }): string {
  return buffer ? "a buffer" : "a trained parameter";
}

/** @throws InputError in the op's name where it does not read so many inputs */
function checkInputCount(op: string, allowed: number | InputRange, count: number): void {
  const { least, most = Infinity } =
    typeof allowed === "number" ? { least: allowed, most: allowed } : allowed;
  if (count >= least && count <= most) return;
  let expected = counted(most, "input");
  if (most === Infinity) expected = `${counted(least, "input")} or more`;
  else if (least < most) expected = `${least} or ${expected}`;
  throw new InputError(op, expected, String(count));
}

/** Errors that say already where in the network they are. */
const placedErrors = new WeakSet<InputError>();

/**
 * Builds a layer or another node. An error of its shapes or options then says which one it is in the network: by the
 * layer's name, and where its input is what does not fit, by the nodes that the input is from.
 *
 * @param label the layer's name; the op's where it has none
 */
export function inNetwork<Result>(
  op: string,
  label: string,
  inputs: readonly Tensor[],
  build: () => Result,
): Result {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof InputError) || placedErrors.has(error)) throw error;
    // Errors of names and of shared parameters name the layer themselves.
    const isNamed = error.where !== op || error.got.split(/[ ,]/).includes(label);
    const layer = label === op || isNamed ? "" : `, in layer ${label}`;
    const got = `${error.got}${originOf(error.got)}${layer}`;
    const placed = new InputError(error.where, error.expected, got);
    placedErrors.add(placed);
    throw placed;
  }

  function originOf(got: string): string {
    const isShape = inputs.some((input) => got.includes(showShape(input?.shape)));
    const isKnown = inputs.every((input) => input?.builder === inputs[0]!.builder);
    return isShape && isKnown ? ` from ${listed(labelsOf(inputs))}` : "";
  }
}

/** The names of the nodes that tensors are from, each once. */
function labelsOf(tensors: readonly Tensor[]): string[] {
  return [...new Set(tensors[0]!.builder.labelsOf(tensors))];
}

/**
 * Appends a node to the graph of its first input.
 *
 * @throws InputError where that is no tensor, or where the node does not fit (`GraphBuilder.add`)
 */
export function addNode<A extends object>(
  definition: OpDefinition<A>,
  description: NodeDescription<A>,
): Tensor {
  const [first] = description.inputs;
  checkTensor(definition.name, first);
  const { parameters = [], inputs, label } = description;
  return inNetwork(definition.name, parameters.length > 0 ? label : definition.name, inputs, () =>
    first.builder.add(definition, description),
  );
}

/** Checks a tensor that a caller passed. @throws InputError in the name of the op or block */
export function checkTensor(where: string, x: unknown): asserts x is Tensor {
  if (x instanceof Object && "builder" in x && x.builder instanceof GraphBuilder) return;
  throw new InputError(where, "a tensor, as a model's function gets and layers return", shown(x));
}

/** Checks a layer's name, or a prefix of names. @throws InputError in the name of the op or block */
export function checkLayerName(where: string, name: unknown): void {
  if (typeof name === "string" && name !== "") return;
  throw new InputError(where, "a layer name of at least one letter", shown(name));
}

/**
 * Checks the arguments of a layer with parameters.
 *
 * @param optionNames the options that it has besides `share`
 * @throws InputError in the op's name
 */
export function checkLayer(
  op: string,
  x: Tensor,
  name: string,
  options: object,
  optionNames: readonly string[],
): void {
  checkTensor(op, x);
  checkLayerName(op, name);
  checkOptions(op, options, [...optionNames, "share"]);
}
