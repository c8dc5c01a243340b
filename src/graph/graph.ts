/** `[channels, rows, columns]` of a map, `[features]` of a vector, `[]` of a number. One image, no batch axis. */
export type Shape = readonly number[];

/** Shape of the image that a graph reads. */
export interface ImageShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** How a parameter gets its first values. The layers use PyTorch's defaults. */
export type Initialization =
  /** Uniform in ±bound. */
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "constant"; readonly value: number }
  /** Exactly these values, row-major. */
  | { readonly kind: "values"; readonly values: readonly number[] };

/** A trained tensor, or a buffer, named and shaped as in PyTorch's `state_dict`. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initialization: Initialization;
  /** Present if no optimizer trains it, as the running statistics of a batch norm. */
  readonly buffer?: true;
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
  /** The op's options, checked, with defaults filled in. */
  readonly attributes: object;
  readonly shape: Shape;
  /** A name for people: that of its layer (`conv1`, `fc_loc.0`) or of its value (`theta`, `warped`). */
  readonly label: string;
}

/**
 * A network as data, which the engine runs and the other tools count, check and draw.
 *
 * Nodes are in order of evaluation. A graph describes what happens to one image; the engine adds the batch.
 */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly parameters: readonly Parameter[];
  /** Id of the node whose value is the result. */
  readonly output: number;
}

/**
 * Number of trainable values, without buffers.
 *
 * @example
 * console.log(countParameters(models.stn.build(data).graph)); // 27360
 */
export function countParameters(graph: Graph): number {
  let count = 0;
  for (const { shape } of trainedParameters(graph)) count += sizeOf(shape);
  return count;
}

/** The parameters without buffers. */
export function trainedParameters(graph: Graph): readonly Parameter[] {
  return graph.parameters.filter(({ buffer }) => buffer !== true);
}

/**
 * Number of values in a tensor of this shape.
 *
 * @example
 * sizeOf([8, 14, 14]); // 1568
 */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/**
 * The node with this label; undefined where the graph has none.
 *
 * @example
 * const { graph } = models.stn.build(data);
 * console.log(findNode(graph, "conv1")?.shape); // [10, 24, 24]
 */
export function findNode(graph: Graph, label: string): Node | undefined {
  return graph.nodes.find((node) => node.label === label);
}
