import type { Graph, Node } from "../../../src/graph/graph.js";
import { roleOf } from "../../../src/graph/node-facts.js";
import type { Sum, Term } from "../../../src/inspect/terms.js";

/** The terms of a sum that come from one map of one input. */
export interface TermGroup {
  readonly node: Node;
  readonly slot: number;
  readonly channel: number;
  readonly terms: readonly Term[];
  readonly subtotal: number;
  /** The part of the map that the terms lie in. */
  readonly window: Window;
}

export interface Window {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** The terms by the maps that they come from, in the order of the maps. */
export function groupsOf({ nodes }: Graph, { terms }: Sum): TermGroup[] {
  const groups = new Map<string, Term[]>();
  for (const term of terms) {
    const key = `${term.slot} ${term.node} ${channelOf(nodes[term.node]!, term.at)}`;
    const found = groups.get(key);
    if (found) found.push(term);
    else groups.set(key, [term]);
  }
  return [...groups.values()].map((own) => {
    const [first] = own as [Term];
    const node = nodes[first.node]!;
    return {
      node,
      slot: first.slot,
      channel: channelOf(node, first.at),
      terms: own,
      subtotal: own.reduce((sum, { weight, value }) => sum + weight * value, 0),
      window: windowOf(node, own),
    };
  });
}

/** Rows and columns of one map of a node's value; a vector is one row. */
export function mapSize({ shape }: Node): { rows: number; columns: number } {
  const [features = 1, rows, columns] = shape;
  return rows === undefined || columns === undefined
    ? { rows: 1, columns: features }
    : { rows, columns };
}

function channelOf(node: Node, at: number): number {
  const { rows, columns } = mapSize(node);
  return Math.floor(at / (rows * columns));
}

function windowOf(node: Node, terms: readonly Term[]): Window {
  const { rows, columns } = mapSize(node);
  let [top, left, bottom, right] = [rows, columns, 0, 0];
  for (const { at } of terms) {
    const row = Math.floor((at % (rows * columns)) / columns);
    const column = at % columns;
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
  }
  return { top, left, rows: bottom - top, columns: right - left };
}

/** What a step does, in a sentence. */
export function explanation(node: Node, sum: Sum | undefined): string {
  const role = roleOf(node);
  switch (role.kind) {
    case "input":
      return "The picture itself: its bytes, less their mean over the training digits, divided by their spread.";
    case "logProbabilities":
      return "The logarithm of a probability: of all classes' values, the exponential of this one as a part of the sum of all.";
    case "sampler":
      return "The frame reads the picture between pixels here: the pixels around are mixed, the nearer ones more.";
    case "attention":
      return "What others hold, weighed by their shares of attention, which add up to 1.";
    case "gridMap":
      return role.isAffine
        ? "Where to read: the six numbers of the frame, times the position, −1 to 1. Map 1 is the column, map 2 the row."
        : "Where to read, for each position. Map 1 is the column, map 2 the row.";
    case "rectifier":
      return "What is above 0 passes; what is below becomes 0.";
    case "layer":
      return node.shape.length === 3
        ? "Each value that the filter covers is multiplied by its weight; the products and a constant are added."
        : "Every value of the step before is multiplied by its weight; the products and a constant are added.";
    default:
      return sum?.terms.length === 1
        ? "The largest value of its window passes."
        : "The values are added.";
  }
}
