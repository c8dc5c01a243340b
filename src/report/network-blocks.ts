import { type Graph, type Node, type Shape, sizeOf } from "../graph/graph.js";

/** What a block mainly does; decides its colour. */
export type BlockKind = "plain" | "conv" | "linear" | "attention" | "sampler" | "add";

/** A layer with the parameterless steps that follow it (or a lone step): a box of the drawing. */
export interface Block {
  readonly id: number;
  readonly kind: BlockKind;
  readonly title: string;
  /** One short text a step. */
  readonly steps: readonly string[];
  /** Trained values; of a tensor that several blocks share, an equal part. */
  readonly parameters: number;
  /** Of what leaves the block. */
  readonly shape: Shape;
  /** Ids of the blocks it reads, in the order of the first node's inputs. */
  readonly inputs: readonly number[];
  /** Ids of its nodes in the graph. */
  readonly nodes: readonly number[];
}

/** Steps that only ever continue the layer before them. */
const followers = new Set<string>([
  "relu",
  "maxPool2d",
  "dropout",
  "dropout2d",
  "flatten",
  "logSoftmax",
]);

/**
 * Groups a graph's nodes into blocks, so that a layer reads as one: convolution, pooling and ReLU
 * in one box. A node joins the block before it where it alone reads it and only continues a layer.
 */
export function networkBlocks(graph: Graph): Block[] {
  const readers = new Map<number, number>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  const sharers = new Map<number, number>();
  for (const node of graph.nodes) {
    for (const index of node.parameters) sharers.set(index, (sharers.get(index) ?? 0) + 1);
  }
  const groups: Node[][] = [];
  const groupOf = new Map<number, number>();
  for (const node of graph.nodes) {
    const before = node.inputs.length === 1 ? graph.nodes[node.inputs[0]!] : undefined;
    const joins =
      before !== undefined &&
      readers.get(before.id) === 1 &&
      before.op !== "input" &&
      before.op !== "add" &&
      followers.has(node.op);
    const group = joins ? groupOf.get(before.id)! : groups.length;
    if (!joins) groups.push([]);
    groups[group]!.push(node);
    groupOf.set(node.id, group);
  }
  return groups.map((nodes, id) => {
    const main = nodes.find((node) => node.parameters.length > 0) ?? nodes[0]!;
    return {
      id,
      kind: kindOf(main),
      title: titleOf(main, graph),
      steps: nodes.filter((node) => hasStep(node, nodes)).map((node) => stepText(node, graph)),
      parameters: nodes
        .flatMap((node) => node.parameters)
        .reduce((sum, index) => sum + partOf(graph, index, sharers.get(index)!), 0),
      shape: nodes.at(-1)!.shape,
      inputs: nodes[0]!.inputs.map((input) => groupOf.get(input)!),
      nodes: nodes.map((node) => node.id),
    };
  });
}

function partOf(graph: Graph, parameter: number, sharers: number): number {
  return sizeOf(graph.parameters[parameter]!.shape) / sharers;
}

function kindOf(node: Node): BlockKind {
  switch (node.op) {
    case "conv2d":
    case "coordConv2d":
      return "conv";
    case "linear":
      return "linear";
    case "scaledDotProductAttention":
    case "batchAttention":
      return "attention";
    case "affineGrid":
    case "gridSample":
      return "sampler";
    case "add":
      return "add";
    default:
      return "plain";
  }
}

/** A layer bears the name of its parameters, a lone step what it does. */
function titleOf(node: Node, graph: Graph): string {
  const parameter = graph.parameters[node.parameters[0] ?? -1];
  if (parameter) {
    const slice = /\[\d+\]$/.exec(node.label)?.[0] ?? "";
    return parameter.name.replace(/[._](weight|bias)$/, "") + slice;
  }
  switch (node.op) {
    case "input":
      return "image";
    case "affineGrid":
      return "affine grid";
    case "gridSample":
      return "sampler";
    case "scaledDotProductAttention":
      return "attention over places";
    case "batchAttention":
      return "attention over the batch";
    case "add":
      return "+";
    default:
      return stepText(node, graph);
  }
}

/** Steps that say no more than the block's title are left out. */
function hasStep(node: Node, nodes: readonly Node[]): boolean {
  const alone = nodes.length === 1 && followers.has(node.op);
  return node.op !== "input" && node.op !== "add" && !alone;
}

/** What a node does, in the fewest words. */
export function stepText(node: Node, graph: Graph): string {
  const attributes = node.attributes as Readonly<Record<string, unknown>>;
  const input = graph.nodes[node.inputs[0] ?? -1];
  const sizes = `${input?.shape[0] ?? "?"} → ${node.shape[0] ?? "?"}`;
  switch (node.op as string) {
    case "conv2d":
      return `conv ${attributes.kernelSize}×${attributes.kernelSize}, ${sizes}`;
    case "linear":
      return `linear ${sizes}`;
    case "maxPool2d":
      return "max-pool 2×2";
    case "relu":
      return "ReLU";
    case "dropout":
    case "dropout2d":
      return `${node.op} ${attributes.p}`;
    case "coordConv2d":
      return `CoordConv ${attributes.kernelSize}×${attributes.kernelSize}, ${sizes}`;
    case "affineGrid":
      return "6 numbers → map";
    case "gridSample":
      return "bilinear";
    case "scaledDotProductAttention":
    case "batchAttention":
      return `softmax(q·k)·v, ${attributes.heads} heads`;
    case "logSoftmax":
      return "log-softmax";
    default:
      return node.op;
  }
}
