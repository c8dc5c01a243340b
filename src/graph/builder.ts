import { InputError } from "../errors.js";
import type { Graph, Initialization, Node, Parameter, Shape } from "./graph.js";
import { type Attributes, type OpName, ops } from "./ops/index.js";
import type { OpDefinition } from "./ops/op.js";
import { showShape } from "./ops/shapes.js";

/** The value of a node while a graph is being built. */
export interface Tensor {
  readonly builder: GraphBuilder;
  readonly id: number;
  readonly shape: Shape;
}

/** What the next node is. */
export interface NodeDescription<Op extends OpName> {
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes<Op>;
  /** Indices that `parameter` gave. */
  readonly parameters?: readonly number[];
  readonly label: string;
}

/**
 * Collects nodes and parameters into a `Graph`.
 *
 * Model code does not call it: the functions in `ops/` do, one an op.
 */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #parameters: Parameter[] = [];

  add<Op extends OpName>(op: Op, description: NodeDescription<Op>): Tensor {
    const { inputs, attributes, parameters = [], label } = description;
    const definition = ops[op] as OpDefinition<Attributes<Op>>;
    const shape = definition.shape(
      inputs.map((input) => input.shape),
      attributes,
    );
    const id = this.#nodes.length;
    this.#nodes.push({
      id,
      op,
      inputs: inputs.map((input) => input.id),
      parameters,
      attributes,
      shape,
      label,
    } as Node);
    return { builder: this, id, shape };
  }

  /** Index of the parameter of this name; a name used twice means one shared parameter. */
  parameter(name: string, shape: Shape, initialization: Initialization): number {
    const index = this.#parameters.findIndex((parameter) => parameter.name === name);
    if (index < 0) return this.#parameters.push({ name, shape, initialization }) - 1;
    const known = this.#parameters[index]!.shape;
    if (known.join() !== shape.join()) {
      throw new InputError(
        name,
        `the shape of its first use ${showShape(known)}`,
        showShape(shape),
      );
    }
    return index;
  }

  finish(output: Tensor): Graph {
    return { nodes: this.#nodes, parameters: this.#parameters, output: output.id };
  }
}
