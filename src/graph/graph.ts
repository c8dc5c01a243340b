/** `[channels, rows, columns]` for a map, `[features]` for a vector, `[]` for a number. One image, no batch. */
export type Shape = readonly number[];

/** The image that a graph is a function of. */
export interface ImageShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** How a parameter gets its first values; the distributions are PyTorch's defaults. */
export type Initialization =
  /** Uniform in ±bound. */
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "constant"; readonly value: number }
  /** Exactly these values, row-major. */
  | { readonly kind: "values"; readonly values: readonly number[] };

/** A trained tensor, named and shaped as in PyTorch's `state_dict`. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initialization: Initialization;
}

/** One step of the computation: an op over earlier nodes. */
export interface Node {
  /** Position in `Graph.nodes`. */
  readonly id: number;
  /** Name of the op. */
  readonly op: string;
  /** Ids of the nodes it reads, all smaller than its own. */
  readonly inputs: readonly number[];
  /** Indices into `Graph.parameters`. */
  readonly parameters: readonly number[];
  /** As the op's rules have them. */
  readonly attributes: object;
  readonly shape: Shape;
  /** A name a person gave it: a layer (`conv1`, `fc_loc.0`) or a place in the network (`theta`, `warped`). */
  readonly label: string;
}

/**
 * A network as data: what is differentiated, planned, run, counted and drawn.
 *
 * Nodes stand in the order of evaluation. A graph describes one image; the batch belongs to the engine.
 */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly parameters: readonly Parameter[];
  /** Id of the node whose value is the result. */
  readonly output: number;
}

/** Number of trained values. */
export function countParameters(graph: Graph): number {
  let count = 0;
  for (const parameter of graph.parameters) count += sizeOf(parameter.shape);
  return count;
}

/** Number of values in a tensor of this shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/** The node with this label; undefined where the graph has none. */
export function findNode(graph: Graph, label: string): Node | undefined {
  return graph.nodes.find((node) => node.label === label);
}
