import type { Graph, Node } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import type { CheckRun, Subject } from "./check.js";
import { ImageReader } from "./image-reader.js";

/** By node id: for each value of the node, whether it was 0 for every training image. */
export type Silence = ReadonlyMap<number, readonly boolean[]>;

/** Finds the values of nodes that are 0 for every training image. */
export async function findSilence(
  subject: Subject,
  nodes: readonly Node[],
  run: CheckRun,
): Promise<Silence> {
  const { data, batchSize } = subject;
  const spoke = new Map(nodes.map((node) => [node.id, [] as boolean[]]));
  const reader = await ImageReader.open(subject, data.train, nodes, batchSize, run.threads);
  try {
    await reader.read(run, ({ images, value }) => {
      for (const node of nodes) {
        const heard = spoke.get(node.id)!;
        for (let slot = 0; slot < images.length; slot++) {
          value(node, slot).forEach((x, at) => {
            heard[at] ||= x !== 0;
          });
        }
      }
    });
  } finally {
    reader.close();
  }
  return new Map([...spoke].map(([id, heard]) => [id, heard.map((each) => !each)]));
}

/** A weight of a linear layer: one value of its input, and the unit that it feeds. */
export interface Meeting {
  readonly input: Node;
  readonly inputAt: number;
  /** The ReLU that the layer ends in. */
  readonly relu: Node;
  readonly unitAt: number;
}

/** Whether, for each weight, no training image makes both of its ends other than 0. */
export async function findApart(
  subject: Subject,
  meetings: readonly Meeting[],
  run: CheckRun,
): Promise<boolean[]> {
  const { data, batchSize } = subject;
  const apart = meetings.map(() => true);
  const byLayer = new Map<number, number[]>();
  meetings.forEach(({ relu }, index) => {
    const own = byLayer.get(relu.id);
    if (own) own.push(index);
    else byLayer.set(relu.id, [index]);
  });
  const ends = [...new Set(meetings.flatMap(({ input, relu }) => [input, relu]))];
  const reader = await ImageReader.open(subject, data.train, ends, batchSize, run.threads);
  try {
    await reader.read(run, ({ images, value }) => {
      for (const indices of byLayer.values()) {
        const { input, relu } = meetings[indices[0]!]!;
        for (let slot = 0; slot < images.length; slot++) {
          const [inputs, units] = [value(input, slot), value(relu, slot)];
          for (const index of indices) {
            const { inputAt, unitAt } = meetings[index]!;
            if (units[unitAt] !== 0 && inputs[inputAt] !== 0) apart[index] = false;
          }
        }
      }
    });
  } finally {
    reader.close();
  }
  return apart;
}

/** Whether all values of a channel, or the one value of a feature, are always 0. */
export function isSilent(silence: Silence, node: Node, channel: number): boolean {
  const values = silence.get(node.id);
  if (values === undefined) return false;
  const [channels = 1] = node.shape;
  const positions = values.length / channels;
  return values.slice(channel * positions, (channel + 1) * positions).every((silent) => silent);
}

/**
 * The ReLU that a layer ends in. Between them there may only be ops that keep channels apart, such as
 * pooling and dropout.
 */
export function reluAfter(graph: Graph, layer: Node): Node | undefined {
  let node = layer;
  for (;;) {
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes(node.id));
    if (readers.length !== 1) return undefined;
    node = readers[0]!;
    const { role, keepsChannelsApart } = definitionOf(node);
    if (role.kind === "rectifier") return node;
    if (!keepsChannelsApart) return undefined;
  }
}
