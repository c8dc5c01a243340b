import { countParameters, type Graph, type Node } from "../graph/graph.js";
import { nodesOfRole } from "../graph/node-facts.js";
import { type Block, networkBlocks } from "./network-blocks.js";
import { networkRegions, type Region } from "./network-regions.js";

/** A network with its name. */
export interface NamedGraph {
  readonly name: string;
  readonly graph: Graph;
}

/** The content of a drawing: one network, or two side by side that differ only in a few boxes. */
export interface NetworkDrawingData {
  /** Where there are two, their boxes have the same ids and the same connections. */
  readonly networks: readonly DrawnNetwork[];
  /** Ids of the boxes in which the two differ. */
  readonly differing: readonly number[];
}

export interface DrawnNetwork {
  readonly name: string;
  /** Number of trained values. */
  readonly parameters: number;
  /** The boxes, in the order of evaluation; a box's id is its index. */
  readonly blocks: readonly Block[];
  readonly regions: readonly Region[];
}

/** Two networks share a drawing where at most this fraction of their boxes differs. */
const mostDiffering = 1 / 4;

/**
 * The drawings of networks. Two networks that differ only in a few boxes, with the same connections, share
 * a drawing; every other network has one of its own.
 */
export function networkDrawings(models: readonly NamedGraph[]): NetworkDrawingData[] {
  const drawings: NetworkDrawingData[] = [];
  const left = [...models];
  for (let model = left.shift(); model !== undefined; model = left.shift()) {
    const first = model;
    const partner = left.find((other) => differingBlocks(first.graph, other.graph) !== undefined);
    if (partner) left.splice(left.indexOf(partner), 1);
    drawings.push({
      networks: (partner ? [first, partner] : [first]).map(drawnNetwork),
      differing: partner ? differingBlocks(first.graph, partner.graph)! : [],
    });
  }
  return drawings;
}

/**
 * The ids of the boxes in which two networks differ.
 *
 * @returns undefined where the connections or more than a few boxes differ.
 */
export function differingBlocks(a: Graph, b: Graph): number[] | undefined {
  const [left, right] = [networkBlocks(a), networkBlocks(b)];
  const sameConnections =
    left.length === right.length &&
    left.every((block, id) => block.inputs.join() === right[id]!.inputs.join());
  if (!sameConnections) return undefined;
  const differing = left
    .filter((block, id) => content(block, a) !== content(right[id]!, b))
    .map((block) => block.id);
  return differing.length <= left.length * mostDiffering ? differing : undefined;
}

/** A text that is equal for boxes with equal computations, whatever their names. */
function content({ nodes }: Block, graph: Graph): string {
  const described = nodes.map((id) => {
    const { op, attributes, shape, parameters } = graph.nodes[id]!;
    const shapes = parameters.map((index) => graph.parameters[index]!.shape);
    return { op, attributes, shape, shapes };
  });
  return JSON.stringify(described);
}

function drawnNetwork({ name, graph }: NamedGraph): DrawnNetwork {
  const blocks = networkBlocks(graph);
  const regions = networkRegions(blocks, graph);
  return {
    name,
    parameters: countParameters(graph),
    blocks: blocks.map((block) => ({
      ...block,
      title: titleOf(block, blocks, regions, graph),
      steps: stepsOf(block, graph),
    })),
    regions,
  };
}

const slice = /\[(\d+)\]$/;

/** The block's name, shortened within its region; for a slice of a packed layer, its purpose. */
function titleOf(
  block: Block,
  blocks: readonly Block[],
  regions: readonly Region[],
  graph: Graph,
): string {
  const name = shortName(block, blocks, regions);
  const part = slice.exec(block.title);
  if (!part) return name;
  const roles = attentionRoles(block, graph);
  if (roles.length > 0) return `${roles.join(", ")} of ${name}`;
  return `${name}, part ${Number(part[1]) + 1}`;
}

/** The last part of a name, where that is unique within the block's region. */
function shortName(block: Block, blocks: readonly Block[], regions: readonly Region[]): string {
  const region = regions.find(
    (each) => each.blocks.includes(block.id) && block.title.startsWith(`${each.title}.`),
  );
  const name = withoutSlice(block.title);
  if (!region) return name;
  const others = region.blocks.map((id) => withoutSlice(blocks[id]!.title));
  const last = lastPart(name);
  const unique = others.every((other) => other === name || lastPart(other) !== last);
  return unique ? last : name.slice(region.title.length + 1);
}

function withoutSlice(title: string): string {
  return title.replace(slice, "");
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** Those of an attention's inputs q, k and v that the block computes. */
function attentionRoles(block: Block, graph: Graph): string[] {
  const attentions = nodesOfRole(graph, "attention");
  const names = { query: "q", key: "k", value: "v" } as const;
  return (["query", "key", "value"] as const)
    .filter((which) =>
      attentions.some(({ node, role }) => block.nodes.includes(node.inputs[role[which]]!)),
    )
    .map((which) => names[which]);
}

/** The steps; the first one says whether it adds a bias. */
function stepsOf(block: Block, graph: Graph): string[] {
  const [first, ...others] = block.steps;
  if (first === undefined) return [];
  return [hasBias(graph.nodes[block.nodes[0]!]!, graph) ? `${first}, bias` : first, ...others];
}

function hasBias(node: Node, graph: Graph): boolean {
  return node.parameters.some((index) => /bias$/.test(graph.parameters[index]!.name));
}
