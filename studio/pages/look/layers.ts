import type { Graph, Node } from "../../../src/graph/graph.js";
import { definitionOf } from "../../../src/graph/node-facts.js";
import type { Sample } from "./look.svelte.js";
import { type Looker, pixels } from "./looker.js";

/** A step of a network whose values are shown. */
export interface Layer {
  readonly node: Node;
  readonly title: string;
  readonly caption: string;
  readonly maps: number;
  readonly rows: number;
  readonly columns: number;
  /** Where the colours are full, of either sign: the largest value over some digits. It never changes. */
  readonly most: number;
}

/** Digits that decide about the scales. */
const measured = 20;

/** The steps of a network that change something, each with a fixed scale. */
export function layersOf(looker: Looker, samples: readonly Sample[]): Layer[] {
  const { graph } = looker;
  const most = new Float64Array(graph.nodes.length);
  const changes = graph.nodes.map(({ inputs }) => inputs.length !== 1);
  for (const { picture } of samples.slice(0, measured)) {
    const { values } = looker.look({ images: picture.slice(0, pixels), inside: true });
    for (const { id, inputs } of graph.nodes) {
      const own = values(id, 0);
      for (let at = 0; at < own.length; at++) most[id] = Math.max(most[id]!, Math.abs(own[at]!));
      changes[id] ||= !same(own, values(inputs[0]!, 0));
    }
  }
  return graph.nodes
    .filter(({ id }) => changes[id])
    .map((node) => ({ node, ...textOf(graph, node), ...sizeOf(node), most: most[node.id] || 1 }));
}

function same(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function textOf(graph: Graph, node: Node): { title: string; caption: string } {
  const { drawing } = definitionOf(node);
  const inputs = node.inputs.map((id) => graph.nodes[id]!.shape);
  const caption = drawing.caption(inputs, node.attributes, node.shape) ?? "";
  const title = node.parameters.length > 0 ? node.label : (drawing.title ?? caption);
  return { title: title || node.op, caption: title === caption ? "" : caption };
}

/** A vector is one map of a row. */
function sizeOf({ shape }: Node): { maps: number; rows: number; columns: number } {
  const [maps = 1, rows, columns] = shape;
  if (rows === undefined || columns === undefined) {
    const across = Math.min(maps, 25);
    return { maps: 1, rows: Math.ceil(maps / across), columns: across };
  }
  return { maps, rows, columns };
}
