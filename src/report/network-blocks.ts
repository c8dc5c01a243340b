import { type Graph, type Node, type Shape, sizeOf } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import type { Drawing, DrawingFamily } from "../graph/ops/op.js";

/** A box of the drawing: a layer with the steps without parameters that follow it, or a single such step. */
export interface Block {
  readonly id: number;
  /** Its kind, which decides its colour. */
  readonly kind: DrawingFamily;
  readonly title: string;
  /** One short text per step. */
  readonly steps: readonly string[];
  /** Number of trained values; a tensor that several blocks share counts in equal parts. */
  readonly parameters: number;
  /** Shape of its output. */
  readonly shape: Shape;
  /** Ids of the blocks it reads, in the order of the first node's inputs. */
  readonly inputs: readonly number[];
  /** Ids of its nodes in the graph. */
  readonly nodes: readonly number[];
}

/**
 * Groups a graph's nodes into blocks: convolution, pooling and ReLU form one box. A node joins the block
 * before it where no other node reads that block and the op continues a layer.
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
      captionOf(before, graph) !== undefined &&
      drawingOf(node).continuesLayer;
    const group = joins ? groupOf.get(before.id)! : groups.length;
    if (!joins) groups.push([]);
    groups[group]!.push(node);
    groupOf.set(node.id, group);
  }
  return groups.map((nodes, id) => {
    const main = nodes.find((node) => node.parameters.length > 0) ?? nodes[0]!;
    return {
      id,
      kind: drawingOf(main).family,
      title: titleOf(main, graph),
      steps: captions(nodes, graph),
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
  const { shape, buffer } = graph.parameters[parameter]!;
  return buffer ? 0 : sizeOf(shape) / sharers;
}

/** The title of a layer is the name of its parameters, that of a single step its function. */
function titleOf(node: Node, graph: Graph): string {
  const parameter = graph.parameters[node.parameters[0] ?? -1];
  if (parameter) {
    const slice = /\[\d+\]$/.exec(node.label)?.[0] ?? "";
    return parameter.name.replace(/[._](weight|bias|running_mean)$/, "") + slice;
  }
  return drawingOf(node).title ?? captionOf(node, graph) ?? node.op;
}

/** Texts of the steps, without those that only repeat the block's title. */
function captions(nodes: readonly Node[], graph: Graph): string[] {
  if (nodes.length === 1 && drawingOf(nodes[0]!).continuesLayer) return [];
  return nodes.flatMap((node) => captionOf(node, graph) ?? []);
}

function drawingOf(node: Node): Drawing<unknown> {
  return definitionOf(node).drawing;
}

/** A short text for what a node does. */
function captionOf(node: Node, graph: Graph): string | undefined {
  const inputs = node.inputs.map((id) => graph.nodes[id]!.shape);
  return drawingOf(node).caption(inputs, node.attributes, node.shape);
}
