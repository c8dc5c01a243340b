import type { Graph } from "../graph/graph.js";
import { nodesOfRole } from "../graph/node-facts.js";
import type { Block } from "./network-blocks.js";

/** Blocks that belong together and share a frame. */
export interface Region {
  readonly title: string;
  readonly blocks: readonly number[];
}

/**
 * The parts of a network that get a frame: the branch that computes a transformer's map, and groups of three
 * or more blocks whose parameters share the first part of their name, with the blocks between them.
 */
export function networkRegions(blocks: readonly Block[], graph: Graph): Region[] {
  return [...localizationRegions(blocks, graph), ...nameRegions(blocks)];
}

/** The blocks from which a grid is computed, without those from which the sampled image is computed. */
function localizationRegions(blocks: readonly Block[], graph: Graph): Region[] {
  return nodesOfRole(graph, "sampler")
    .map(({ node, role }) => {
      const sampler = blocks.find(({ nodes }) => nodes[0] === node.id)!;
      const sampled = ancestors(blocks, [sampler.inputs[role.image]!]);
      const grid = ancestors(blocks, [sampler.inputs[role.grid]!]);
      const members = [...grid].filter((id) => !sampled.has(id)).sort((a, b) => a - b);
      return { title: "localization network", blocks: members };
    })
    .filter((region) => region.blocks.length > 1);
}

function nameRegions(blocks: readonly Block[]): Region[] {
  const named = new Map<string, number[]>();
  for (const block of blocks) {
    const dot = block.title.indexOf(".");
    if (block.parameters === 0 || dot < 1) continue;
    const prefix = block.title.slice(0, dot);
    named.set(prefix, [...(named.get(prefix) ?? []), block.id]);
  }
  return [...named]
    .filter(([, members]) => members.length >= 3)
    .map(([title, members]) => {
      const after = descendants(blocks, members);
      const before = ancestors(blocks, members);
      const between = blocks
        .map((block) => block.id)
        .filter((id) => members.includes(id) || (after.has(id) && before.has(id)));
      return { title, blocks: between };
    });
}

/** The blocks and all blocks that they read, directly or indirectly. */
function ancestors(blocks: readonly Block[], start: readonly number[]): Set<number> {
  const found = new Set<number>();
  const open = [...start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...blocks[id]!.inputs);
  }
  return found;
}

/** The blocks and all blocks that read them, directly or indirectly. */
function descendants(blocks: readonly Block[], start: readonly number[]): Set<number> {
  const found = new Set(start);
  // Blocks are in the order of evaluation, so one pass finds all.
  for (const block of blocks) {
    if (block.inputs.some((input) => found.has(input))) found.add(block.id);
  }
  return found;
}
