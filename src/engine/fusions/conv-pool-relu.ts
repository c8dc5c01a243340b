import type { Graph, Node } from "../../graph/graph.js";
import { pairOf } from "../../graph/ops/attributes.js";
import {
  type ConvGeometry,
  convGeometry,
  isDense,
  isUnpadded,
  paddedLength,
} from "../../graph/ops/convolution/geometry.js";
import type { NodeOf } from "../../graph/ops/index.js";
import {
  type ConvPoolAttributes,
  emitConvPoolBackward,
  emitConvPoolForward,
} from "./conv-pool-calls.js";
import { convPoolWork } from "./conv-pool-work.js";
import { defineFusion } from "./fusion.js";
import { isOp, readersOf, whyNeeded } from "./matching.js";

/**
 * conv2d or coordConv2d → maxPool2d(2), relu and perhaps dropout2d, in any order, in one step. All three keep the order
 * of values, so that their own order changes nothing.
 *
 * The kernel stores the maximum of each window and its offset, so that backward visits only positions that have a
 * gradient. It computes only the channels that dropout2d did not drop. The result is that of the single ops, as
 * scaling by 1 / (1 − p) > 0 does not change which value is the maximum. Where values of a window are equal but for
 * rounding, another one than the first may be the maximum.
 */
export const convPoolRelu = defineFusion<ConvPoolAttributes>({
  name: "convPoolRelu",
  why: "backward visits only the windows' maxima, dropped channels are not computed, and no map before pooling is stored",
  match(graph, conv, kept) {
    if (!isOp(conv, "conv2d") && !isOp(conv, "coordConv2d")) return undefined;
    const geometry = convGeometry(conv.op, graph.nodes[conv.inputs[0]!]!.shape, conv.attributes);
    const tail = pooledTail(graph, conv, kept);
    if (tail === undefined || typeof tail === "string") return tail;
    const unfit = whyUnfit(geometry, conv.op === "coordConv2d");
    if (unfit !== undefined) return unfit;
    const image = backgroundSource(graph, conv.inputs[0]!, geometry);
    return {
      nodes: [conv, ...tail.nodes],
      inputs: image === undefined ? conv.inputs : [conv.inputs[0]!, image],
      attributes: {
        geometry,
        kernelSize: geometry.rows.kernel,
        outChannels: geometry.outChannels,
        hasBias: conv.attributes.bias,
        coordinates: conv.op === "coordConv2d",
        hasBackground: image !== undefined,
        p: tail.dropout?.attributes.p ?? 0,
        dropoutStream: tail.dropout?.id ?? 0,
      },
    };
  },
  emitForward: emitConvPoolForward,
  emitBackward: emitConvPoolBackward,
  work: convPoolWork,
});

/**
 * Why the kernels cannot compute the convolution, in a few words; undefined where they can: the kernel is square and
 * moves position by position. What coordinates add must not depend on padding.
 */
function whyUnfit(
  { rows, columns, groups }: ConvGeometry,
  coordinates: boolean,
): string | undefined {
  const axes = [rows, columns];
  if (groups !== 1) return `${groups} groups`;
  if (rows.kernel !== columns.kernel) return `kernel of ${rows.kernel}×${columns.kernel}`;
  if (!axes.every(isDense)) return "stride or dilation of more than 1";
  if (coordinates && !axes.every(isUnpadded)) return "coordinates with padding";
  return undefined;
}

/** The ops that may follow a convolution in one step. */
const tailOps = ["relu", "dropout2d", "maxPool2d"];

/**
 * The pooling, ReLU and perhaps dropout that follow a convolution; undefined where one of the first two is missing, and
 * the reason where both are there and cannot be fused.
 */
function pooledTail(
  graph: Graph,
  conv: Node,
  kept: ReadonlySet<number>,
): { nodes: readonly Node[]; dropout: NodeOf<"dropout2d"> | undefined } | string | undefined {
  const found = new Map<string, Node>();
  let last = conv;
  let blocked: string | undefined;
  while (found.size < tailOps.length) {
    const next = readersOf(graph, last).find(({ op }) => tailOps.includes(op));
    if (next === undefined || found.has(next.op)) break;
    const reason = whyNeeded(graph, last, kept) ?? whyNotPooled(next);
    // Dropout, or a second part of the tail, that cannot be taken ends a tail that is complete without it.
    if (reason !== undefined && found.has("relu") && found.has("maxPool2d")) break;
    blocked ??= reason;
    found.set(next.op, next);
    last = next;
  }
  if (!found.has("relu") || !found.has("maxPool2d")) return undefined;
  if (blocked !== undefined) return blocked;
  const dropout = found.get("dropout2d");
  return { nodes: [...found.values()], dropout: isOp(dropout, "dropout2d") ? dropout : undefined };
}

/** Why the kernels cannot pool so, in a few words; undefined for another op and for windows of 2×2, side by side. */
function whyNotPooled(node: Node): string | undefined {
  if (!isOp(node, "maxPool2d")) return undefined;
  const { kernelSize, stride, padding } = node.attributes;
  const [rows, columns] = pairOf(kernelSize);
  if (kernelSize !== 2) return `pool of ${rows}×${columns}`;
  if (stride !== undefined) return `pool with stride ${pairOf(stride).join("×")}`;
  return padding === undefined ? undefined : "pool with padding";
}

/** Rows and columns of padded images whose background the kernel can skip: a row's mask has 64 bits. */
const MASKED = { least: 16, most: 64 };
/** Rows and columns of kernels whose taps it can skip: a window's mask has 64 bits. */
const MASKED_KERNEL = { least: 2, most: 8 };

/**
 * The id of the image whose first pixel is the background that a convolution skips: it reads that image, or a
 * `gridSample` of it. Undefined where it skips none.
 */
function backgroundSource(
  graph: Graph,
  source: number,
  { rows, columns, inChannels }: ConvGeometry,
): number | undefined {
  const [height, width] = [paddedLength(rows), paddedLength(columns)];
  const fits = height <= MASKED.most && width >= MASKED.least && width <= MASKED.most;
  const kernelFits = rows.kernel >= MASKED_KERNEL.least && rows.kernel <= MASKED_KERNEL.most;
  if (inChannels !== 1 || !fits || !kernelFits) return undefined;
  const input = graph.nodes[source]!;
  const sampled = isOp(input, "gridSample") ? graph.nodes[input.inputs[0]!] : input;
  return isOp(sampled, "input") ? sampled.id : undefined;
}
