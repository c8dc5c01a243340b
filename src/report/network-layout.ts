import type { Block } from "./network-blocks.js";

/** Size of a block. */
export interface BlockSize {
  readonly width: number;
  /** Includes the shape text under it. */
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A block with the position of the middle of its top edge. */
export interface PlacedBlock extends BlockSize {
  readonly block: Block;
  readonly x: number;
  readonly y: number;
}

/** A connection: the points of its path from the bottom of a block to the top of another. */
export interface PlacedEdge {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
  /** True where it leads to the top of the next column. */
  readonly wraps: boolean;
}

export interface NetworkLayout {
  readonly width: number;
  readonly height: number;
  readonly blocks: readonly PlacedBlock[];
  readonly edges: readonly PlacedEdge[];
  /** From left to right. */
  readonly columns: readonly PlacedColumn[];
}

/** A column of the drawing, with the ids of its blocks. */
export interface PlacedColumn {
  readonly left: number;
  readonly right: number;
  readonly blocks: readonly number[];
}

/** A block, or the part of a connection that passes a layer without entering a block. */
interface Item {
  readonly block?: Block;
  readonly edge?: Link;
  readonly width: number;
  readonly height: number;
  readonly above: Item[];
  readonly below: Item[];
  layer: number;
  x: number;
}

interface Link {
  readonly from: Block;
  readonly to: Block;
  /** Index of the input of `to`. */
  readonly port: number;
  readonly lane: Item[];
}

const layerGap = 30;
const itemGap = 13;
const laneWidth = 10;
const columnGap = 66;
const tallestColumn = 900;
/** Another column must make the drawing shorter by at least this many pixels. */
const worthAColumn = 80;
/** Margin at the left for the names of regions, and at the top for connections from the previous column. */
const margin = 36;
const rightMargin = 14;
const portGap = 18;

/**
 * Lays out a network from top to bottom in layers (Sugiyama's method). A block is below all blocks that it
 * reads. Connections that skip layers get a lane of their own. Within a layer, blocks are ordered to avoid
 * crossings and moved towards their neighbours. A long network continues in more columns; it is cut only
 * where a single connection passes.
 *
 * @param mostColumns 4 by default
 */
export function layoutNetwork(
  blocks: readonly Block[],
  sizeOf: (block: Block) => BlockSize,
  mostColumns = 4,
): NetworkLayout {
  const { layers, links, items } = layered(blocks, sizeOf);
  orderLayers(layers);
  positionAcross(layers);
  const heights = layers.map((layer) => Math.max(...layer.map((item) => item.height)));
  const columns = breakColumns(layers, heights, mostColumns);

  const tops: number[] = [];
  const columnOf: number[] = [];
  let left = margin;
  let height = 0;
  let right = margin;
  const placedColumns: PlacedColumn[] = [];
  columns.forEach(([first, end], column) => {
    const members = layers.slice(first, end).flat();
    const low = Math.min(...members.map((item) => item.x - item.width / 2));
    const high = Math.max(...members.map((item) => item.x + item.width / 2));
    for (const item of members) item.x += left - low;
    right = left + high - low;
    placedColumns.push({
      left,
      right,
      blocks: members.flatMap((item) => (item.block ? [item.block.id] : [])),
    });
    left = right + columnGap;
    let y = margin;
    for (let layer = first; layer < end; layer++) {
      tops[layer] = y;
      columnOf[layer] = column;
      y += heights[layer]! + layerGap;
    }
    height = Math.max(height, y - layerGap + margin);
  });

  const placed = blocks.map((block): PlacedBlock => {
    const { x, layer, width, height: own } = items.get(block.id)!;
    return { block, x, y: tops[layer]!, width, height: own };
  });
  const edges = links.map((link) =>
    route(link, items, { tops, heights, columnOf, entry: entryPoints(links, items) }),
  );
  return { width: right + rightMargin, height, blocks: placed, edges, columns: placedColumns };
}

function layered(blocks: readonly Block[], sizeOf: (block: Block) => BlockSize) {
  const items = new Map<number, Item>();
  const layers: Item[][] = [];
  const links: Link[] = [];
  for (const block of blocks) {
    const layer = Math.max(-1, ...block.inputs.map((input) => items.get(input)!.layer)) + 1;
    const item: Item = { block, ...sizeOf(block), above: [], below: [], layer, x: 0 };
    items.set(block.id, item);
    layers[layer] = [...(layers[layer] ?? []), item];
  }
  for (const block of blocks) {
    block.inputs.forEach((input, port) => {
      const link: Link = { from: items.get(input)!.block!, to: block, port, lane: [] };
      let before = items.get(input)!;
      const end = items.get(block.id)!;
      for (let layer = before.layer + 1; layer < end.layer; layer++) {
        const stretch: Item = {
          edge: link,
          width: laneWidth,
          height: 0,
          above: [],
          below: [],
          layer,
          x: 0,
        };
        layers[layer]!.push(stretch);
        link.lane.push(stretch);
        connect(before, stretch);
        before = stretch;
      }
      connect(before, end);
      links.push(link);
    });
  }
  return { layers, links, items };
}

function connect(upper: Item, lower: Item): void {
  upper.below.push(lower);
  lower.above.push(upper);
}

/** Sorts each layer by the mean position of its neighbours, down and up, and keeps the best order. */
function orderLayers(layers: Item[][]): void {
  let best = layers.map((layer) => [...layer]);
  let fewest = countCrossings(layers);
  for (let sweep = 0; sweep < 12 && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    const sequence = down ? layers : [...layers].reverse();
    for (const layer of sequence) {
      const rank = new Map<Item, number>();
      layer.forEach((item, index) => {
        const neighbours = down ? item.above : item.below;
        const positions = neighbours.map((other) => layers[other.layer]!.indexOf(other));
        rank.set(item, positions.length > 0 ? mean(positions) : index);
      });
      layer.sort((a, b) => rank.get(a)! - rank.get(b)!);
    }
    const crossings = countCrossings(layers);
    if (crossings < fewest) {
      fewest = crossings;
      best = layers.map((layer) => [...layer]);
    }
  }
  best.forEach((layer, index) => {
    layers[index] = layer;
  });
}

/** How many pairs of connections between neighbouring layers cross. */
function countCrossings(layers: readonly Item[][]): number {
  let crossings = 0;
  layers.slice(0, -1).forEach((layer, index) => {
    const pairs = layer.flatMap((item, upper) =>
      item.below.map((other) => [upper, layers[index + 1]!.indexOf(other)] as const),
    );
    for (const [a, b] of pairs) {
      for (const [c, d] of pairs) if (a < c && b > d) crossings++;
    }
  });
  return crossings;
}

/**
 * Gives every item its horizontal position. Items that form a plain sequence share one, so that it is drawn
 * straight; connections that skip layers bend around it.
 */
function positionAcross(layers: readonly Item[][]): void {
  const chains = chainsOf(layers, true) ?? chainsOf(layers, false)!;
  // Start in the middle between the leftmost and the rightmost packing, which keeps all distances. From there
  // each chain moves towards its neighbours as far as the chains at both sides allow.
  for (const chain of chains) place(chain, (chain.least + chain.most) / 2);
  const passes = 60;
  for (let pass = 0; pass < passes; pass++) {
    for (const chain of pass % 2 === 0 ? chains : [...chains].reverse()) {
      place(chain, Math.min(chain.highest(), Math.max(chain.lowest(), wantedPosition(chain))));
    }
  }
}

/** Items above each other at one horizontal position. */
interface Chain {
  readonly items: readonly Item[];
  /** Position in the leftmost packing; `most`: in the rightmost packing. */
  readonly least: number;
  readonly most: number;
  /** The range that the chains at both sides leave free at present. */
  readonly lowest: () => number;
  readonly highest: () => number;
}

function place(chain: Chain, x: number): void {
  for (const item of chain.items) item.x = x;
}

/** The mean position of the blocks that it is connected to, or else of passing connections. */
function wantedPosition(chain: Chain): number {
  const outer = [...chain.items[0]!.above, ...chain.items.at(-1)!.below];
  const blocks = outer.filter((item) => item.block);
  const chosen = blocks.length > 0 ? blocks : outer;
  return chosen.length > 0 ? mean(chosen.map((item) => item.x)) : chain.items[0]!.x;
}

/** The chains with their packings; undefined where chains cross, so that no packing exists. */
function chainsOf(layers: readonly Item[][], joined: boolean): Chain[] | undefined {
  const groups: Item[][] = [];
  const groupOf = new Map<Item, number>();
  for (const item of layers.flat()) {
    const [above] = item.above;
    const follows = joined && item.above.length === 1 && above!.below.length === 1;
    const group = follows ? groupOf.get(above!)! : groups.length;
    if (!follows) groups.push([]);
    groups[group]!.push(item);
    groupOf.set(item, group);
  }
  const sides = layers.flatMap((layer) =>
    layer.slice(1).map((right, index) => {
      const left = layer[index]!;
      return { left, right, distance: (left.width + right.width) / 2 + itemGap };
    }),
  );
  const least: number[] = groups.map(() => 0);
  const most: number[] = groups.map(() => 0);
  const relax = (step: (side: (typeof sides)[number]) => boolean) => {
    // Longest paths converge within as many rounds as there are chains, unless there is a cycle.
    for (let round = 0; round <= groups.length; round++) {
      if (!sides.map(step).includes(true)) return true;
    }
    return false;
  };
  const packed = relax(({ left, right, distance }) => {
    const [a, b] = [groupOf.get(left)!, groupOf.get(right)!];
    if (least[b]! >= least[a]! + distance) return false;
    least[b] = least[a]! + distance;
    return true;
  });
  if (!packed) return undefined;
  most.fill(Math.max(...least));
  relax(({ left, right, distance }) => {
    const [a, b] = [groupOf.get(left)!, groupOf.get(right)!];
    if (most[a]! <= most[b]! - distance) return false;
    most[a] = most[b]! - distance;
    return true;
  });
  return groups.map((items, group) => ({
    items,
    least: least[group]!,
    most: most[group]!,
    lowest: () =>
      Math.max(
        ...sides
          .filter(({ right }) => groupOf.get(right) === group)
          .map(({ left, distance }) => left.x + distance),
        Number.NEGATIVE_INFINITY,
      ),
    highest: () =>
      Math.min(
        ...sides
          .filter(({ left }) => groupOf.get(left) === group)
          .map(({ right, distance }) => right.x - distance),
        Number.POSITIVE_INFINITY,
      ),
  }));
}

/** Ranges of layers, one per column: as few columns as possible, of heights as equal as possible. */
function breakColumns(
  layers: readonly Item[][],
  heights: readonly number[],
  mostColumns: number,
): (readonly [number, number])[] {
  const count = layers.length;
  const canCut = (layer: number) =>
    layers[layer - 1]!.reduce((sum, item) => sum + item.below.length, 0) === 1;
  const heightOf = (first: number, end: number) =>
    heights.slice(first, end).reduce((sum, height) => sum + height + layerGap, -layerGap);
  let best: number[] = [0, count];
  for (let columns = 1; columns <= mostColumns; columns++) {
    const cuts = cutsInto(columns, count, canCut, heightOf);
    if (!cuts) break;
    if (columns > 1 && tallest(best, heightOf) - tallest(cuts, heightOf) < worthAColumn) break;
    best = cuts;
    if (tallest(cuts, heightOf) <= tallestColumn) break;
  }
  return best.slice(0, -1).map((first, index) => [first, best[index + 1]!] as const);
}

type Height = (first: number, end: number) => number;

function tallest(cuts: readonly number[], heightOf: Height): number {
  return Math.max(...cuts.slice(1).map((end, index) => heightOf(cuts[index]!, end)));
}

/** The cuts into `columns` columns that make the tallest as short as possible; undefined where no cut is allowed. */
function cutsInto(
  columns: number,
  count: number,
  canCut: (layer: number) => boolean,
  heightOf: Height,
): number[] | undefined {
  if (columns === 1) return [0, count];
  let best: number[] | undefined;
  for (let cut = count - 1; cut > 0; cut--) {
    if (!canCut(cut)) continue;
    const before = cutsInto(columns - 1, cut, canCut, heightOf);
    if (!before) continue;
    const cuts = [...before, count];
    if (!best || tallest(cuts, heightOf) < tallest(best, heightOf)) best = cuts;
  }
  return best;
}

/** The point where each connection enters its block: side by side, ordered from left to right. */
function entryPoints(links: readonly Link[], items: ReadonlyMap<number, Item>): Map<Link, number> {
  const entries = new Map<Link, number>();
  const byTarget = new Map<Block, Link[]>();
  for (const link of links) byTarget.set(link.to, [...(byTarget.get(link.to) ?? []), link]);
  for (const [block, arriving] of byTarget) {
    const target = items.get(block.id)!;
    const from = (link: Link) => (link.lane.at(-1) ?? items.get(link.from.id)!).x;
    const sorted = [...arriving].sort((a, b) => from(a) - from(b) || a.port - b.port);
    const gap = Math.min(portGap, (target.width - 24) / 2 / Math.max(1, sorted.length - 1));
    // A connection from directly above stays straight; the others enter at its sides.
    const straight = sorted.findIndex((link) => Math.abs(from(link) - target.x) < 1);
    const middle = straight >= 0 ? straight : (sorted.length - 1) / 2;
    sorted.forEach((link, index) => {
      entries.set(link, target.x + (index - middle) * gap);
    });
  }
  return entries;
}

function route(
  link: Link,
  items: ReadonlyMap<number, Item>,
  positions: {
    readonly tops: readonly number[];
    readonly heights: readonly number[];
    readonly columnOf: readonly number[];
    readonly entry: ReadonlyMap<Link, number>;
  },
): PlacedEdge {
  const source = items.get(link.from.id)!;
  const target = items.get(link.to.id)!;
  const bottomOf = (layer: number) => positions.tops[layer]! + positions.heights[layer]!;
  const end = { x: positions.entry.get(link)!, y: positions.tops[target.layer]! };
  const points: Point[] = [
    { x: source.x, y: positions.tops[source.layer]! + source.height },
    { x: source.x, y: bottomOf(source.layer) },
  ];
  for (const stretch of link.lane) {
    points.push({ x: stretch.x, y: positions.tops[stretch.layer]! });
    points.push({ x: stretch.x, y: bottomOf(stretch.layer) });
  }
  points.push(end);
  const wraps = positions.columnOf[source.layer] !== positions.columnOf[target.layer];
  return { from: link.from.id, to: link.to.id, points, wraps };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
