import { firstImages } from "../data/subset.js";
import { attentionWeights } from "../graph/attention.js";
import { type Attention, attentionBlockName, attentionsOf } from "../inspect/attention-nodes.js";
import { counted } from "../numbers.js";
import { type Check, type CheckRun, type Subject, untrained } from "./check.js";
import { ImageReader, type ReadBatch } from "./image-reader.js";
import { inPercent } from "./in-percent.js";

export interface HeadFigures {
  /** Name of the block: `vit1`, `vit2`. */
  readonly block: string;
  /** From 1. */
  readonly head: number;
  /** Mean entropy of a query's weights, divided by that of n equal weights, log n; 0..1. */
  readonly entropy: number;
  /** Mean of a query's largest weight, 0..1. */
  readonly largest: number;
}

export interface HeadPair {
  readonly block: string;
  readonly heads: readonly [number, number];
  /** Mean Jensen-Shannon divergence between the two heads' weights of a query, bits, 0..1. */
  readonly divergence: number;
}

export interface AttentionFigures {
  readonly images: number;
  /** What a query attends to. */
  readonly over: "places" | "batch";
  readonly heads: readonly HeadFigures[];
  readonly pairs: readonly HeadPair[];
}

/** Weights are computed in float64, which is slow, so for no more images than this. */
const MOST_IMAGES = 256;
const UNIFORM = 0.99;
const SAME_BITS = 0.001;

/**
 * Does the attention choose, and do its heads choose differently?
 *
 * Measures, as means over queries and images:
 * - per head, the entropy `−Σ p log p` of a query's weights, divided by log n, the entropy of n equal
 *   weights;
 * - per pair of heads, the Jensen-Shannon divergence of their weights, `H((p + q)/2) − (H(p) + H(q))/2`
 *   (Lin, IEEE Transactions on Information Theory 37, 1991).
 *
 * Flags a head above 0.99, which takes a plain mean, and a pair below 0.001 bit, whose heads are alike.
 */
export const checkAttention: Check<AttentionFigures> = async (subject, run) => {
  const attentions = attentionsOf(subject.graph);
  if (attentions.length === 0) {
    return { verdict: "not tested", text: `${subject.model.name} has no attention` };
  }
  if (!subject.trained) return untrained;
  const together = Math.min(subject.images, subject.batchSize);
  if (together < 2 && attentions.some(({ over }) => over === "batch")) {
    const text = "every image is a batch of its own, so that none has others to attend to";
    return { verdict: "not tested", text };
  }
  const figures = await measure(subject, attentions, run);
  const { images, over, heads, pairs } = figures;
  const uniform = heads.filter(({ entropy }) => !(entropy <= UNIFORM));
  const same = pairs.filter(({ divergence }) => !(divergence >= SAME_BITS));
  const faults = [
    ...uniform.map(({ block, head }) => `${block} head ${head} takes a plain mean`),
    ...same.map(({ block, heads: [a, b] }) => `${block} heads ${a} and ${b} repeat each other`),
  ];
  const blocks = [...new Set(heads.map(({ block }) => block))];
  const entropies = blocks.map((block) => {
    const own = heads.filter((each) => each.block === block);
    return `${block} ${own.map(({ entropy }) => inPercent(entropy, 1)).join(" and ")}`;
  });
  const divergences = pairs.map(({ block, divergence }) => `${block} ${divergence.toPrecision(2)}`);
  const numbers = `entropy of the heads ${entropies.join(", ")} of that of equal weights; divergence between heads ${divergences.join(", ")} bit`;
  const where = `over ${counted(images, "image")}, attending over ${over === "batch" ? "the batch" : "positions"}`;
  return {
    verdict: faults.length > 0 ? "flag" : "pass",
    text: [...faults, `${numbers} (${where})`].join("; "),
    figures,
  };
};

/** Sums over the queries of one block. */
interface BlockSums {
  readonly attention: Attention;
  readonly entropy: number[];
  readonly largest: number[];
  /** Per pair of heads, in the order of {@link pairsOf}. */
  readonly divergence: number[];
  queries: number;
}

async function measure(
  subject: Subject,
  attentions: readonly Attention[],
  run: CheckRun,
): Promise<AttentionFigures> {
  const { graph, data, batchSize } = subject;
  const set = firstImages(data.test, data, Math.min(subject.images, MOST_IMAGES));
  const blocks = attentions.map((attention): BlockSums => {
    const { heads } = attention;
    const zeros = (count: number) => new Array<number>(count).fill(0);
    return {
      attention,
      entropy: zeros(heads),
      largest: zeros(heads),
      divergence: zeros(pairsOf(heads).length),
      queries: 0,
    };
  });
  const read = attentions.flatMap(({ query, key }) => [query, key]);
  const reader = await ImageReader.open(subject, set, read, batchSize, run.threads);
  try {
    await reader.read(run, (batch) => {
      for (const block of blocks) addBatch(block, batch);
    });
  } finally {
    reader.close();
  }
  const named = blocks.map((block) => ({
    block: attentionBlockName(graph, block.attention),
    sums: block,
  }));
  return {
    images: set.count,
    over: attentions[0]!.over,
    heads: named.flatMap(({ block, sums: { entropy, largest, queries } }) =>
      entropy.map((sum, head) => ({
        block,
        head: head + 1,
        entropy: sum / queries,
        largest: largest[head]! / queries,
      })),
    ),
    pairs: named.flatMap(({ block, sums: { attention, divergence, queries } }) =>
      pairsOf(attention.heads).map(([a, b], pair) => ({
        block,
        heads: [a + 1, b + 1] as const,
        divergence: divergence[pair]! / queries,
      })),
    ),
  };
}

function addBatch(block: BlockSums, batch: ReadBatch): void {
  const { node, over, query, key } = block.attention;
  const [width = 1, rows = 1, columns = 1] = node.shape;
  const positions = rows * columns;
  const maps = Array.from(batch.images, (_, slot) => ({
    q: batch.value(query, slot),
    k: batch.value(key, slot),
  }));
  if (over === "batch") {
    // A batch of one has nothing to choose from.
    if (maps.length < 2) return;
    for (let position = 0; position < positions; position++) {
      const gather = (role: "q" | "k") =>
        Float64Array.from({ length: maps.length * width }, (_, at) => {
          return maps[Math.floor(at / width)]![role][(at % width) * positions + position]!;
        });
      addTokens(block, gather("q"), gather("k"), maps.length);
    }
    return;
  }
  for (const map of maps) {
    const gather = (role: "q" | "k") =>
      Float64Array.from({ length: positions * width }, (_, at) => {
        return map[role][(at % width) * positions + Math.floor(at / width)]!;
      });
    addTokens(block, gather("q"), gather("k"), positions);
  }
}

/** Adds the figures of all queries of one set of tokens. */
function addTokens(block: BlockSums, q: Float64Array, k: Float64Array, count: number): void {
  const { heads } = block.attention;
  const tokens = { q, k, v: k, count, width: q.length / count, heads };
  const weights = Array.from({ length: heads }, (_, head) => attentionWeights(tokens, head));
  const uniform = Math.log(count);
  block.queries += count;
  for (let from = 0; from < count * count; from += count) {
    const rows = weights.map((all) => all.subarray(from, from + count));
    const entropies = rows.map(entropyOf);
    rows.forEach((row, head) => {
      block.entropy[head]! += entropies[head]! / uniform;
      block.largest[head]! += row.reduce((most, weight) => Math.max(most, weight), 0);
    });
    pairsOf(heads).forEach(([a, b], pair) => {
      const middle = rows[a]!.map((weight, at) => (weight + rows[b]![at]!) / 2);
      const nats = entropyOf(middle) - (entropies[a]! + entropies[b]!) / 2;
      block.divergence[pair]! += nats / Math.LN2;
    });
  }
}

/** `−Σ p log p`, nats. */
function entropyOf(weights: Float64Array): number {
  let entropy = 0;
  for (const weight of weights) if (weight !== 0) entropy -= weight * Math.log(weight);
  return entropy;
}

function pairsOf(heads: number): [number, number][] {
  const all = Array.from({ length: heads }, (_, head) => head);
  return all.flatMap((a) => all.slice(a + 1).map((b): [number, number] => [a, b]));
}
