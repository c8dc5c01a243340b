import type { Graph, Node } from "../graph/graph.js";
import { Opcode } from "../graph/opcodes.js";
import { gradientListSize, packedConvSize } from "../graph/ops/conv2d.js";
import { emitLiveChannels, liveChannels } from "../graph/ops/dropout2d.js";
import type { OpName } from "../graph/ops/index.js";
import type { KernelContext } from "../graph/ops/op.js";
import { mapShape } from "../graph/ops/shapes.js";
import type { Step } from "./steps.js";

interface FusedAttributes {
  readonly outChannels: number;
  readonly kernelSize: number;
  /** Drop probability of the dropout2d between convolution and pooling; 0 where there is none. */
  readonly p: number;
  /** Random stream of that dropout2d. */
  readonly dropoutStream: number;
}

/**
 * Finds conv2d → [dropout2d] → maxPool2d(2) → relu starting at a node and makes it one step.
 *
 * The kernel keeps, of each window, the value and the offset of its winner, so that backward touches
 * only places that have a gradient; it computes only the channels that dropout2d left alive. The
 * result is the unfused one, as scaling by 1 / (1 − p) > 0 does not change a maximum.
 */
export function fuseConvPoolRelu(
  graph: Graph,
  conv: Node<OpName>,
  kept: ReadonlySet<number>,
): { step: Step; nodes: readonly number[] } | undefined {
  if (!isOp(conv, "conv2d")) return undefined;
  let next = onlyReader(graph, conv, kept);
  const dropout = next && isOp(next, "dropout2d") ? next : undefined;
  if (dropout) next = onlyReader(graph, dropout, kept);
  if (!next || !isOp(next, "maxPool2d") || next.attributes.kernelSize !== 2) return undefined;
  const pool: Node<OpName> = next;
  const relu = onlyReader(graph, pool, kept);
  if (!relu || !isOp(relu, "relu")) return undefined;

  const attributes: FusedAttributes = {
    ...conv.attributes,
    p: dropout?.attributes.p ?? 0,
    dropoutStream: dropout?.id ?? 0,
  };
  const step: Step = {
    scope: "image",
    label: conv.label,
    output: relu.id,
    inputs: conv.inputs,
    parameters: conv.parameters,
    shape: relu.shape,
    tasks: 0,
    attributes,
    emitForward,
    emitBackward,
  };
  const nodes = [conv.id, pool.id, relu.id];
  return { step, nodes: dropout ? [...nodes, dropout.id] : nodes };
}

function isOp<Op extends OpName>(node: Node<OpName>, op: Op): node is Node<Op> {
  return node.op === op;
}

/** The one node that reads this one, if its value is needed nowhere else. */
function onlyReader(
  graph: Graph,
  node: Node<OpName>,
  kept: ReadonlySet<number>,
): Node<OpName> | undefined {
  const readers = graph.nodes.filter((reader) => reader.inputs.includes(node.id));
  if (readers.length !== 1 || kept.has(node.id) || graph.output === node.id) return undefined;
  return readers[0];
}

function dropsChannels(k: KernelContext<FusedAttributes>): boolean {
  return k.training && k.attributes.p > 0;
}

/** Pooled values a plane, four winner bytes a value. */
function winnerSize(k: KernelContext<FusedAttributes>): number {
  const [channels, rows, columns] = mapShape("conv2d", k.shape);
  return Math.ceil((channels * rows * columns) / 4);
}

function emitForward(k: KernelContext<FusedAttributes>): void {
  const [inChannels, inRows, inColumns] = mapShape("conv2d", k.inputShapes[0]);
  const { outChannels, kernelSize, p, dropoutStream } = k.attributes;
  const rowLength = kernelSize * inChannels;
  const packed = k.scratch("packed", packedConvSize(outChannels, kernelSize * rowLength));
  const packing = [packed, k.parameter(0), outChannels, kernelSize, rowLength, k.rowStride(0)];
  let live = 0;
  if (dropsChannels(k)) {
    live = emitLiveChannels(k, outChannels, dropoutStream, p);
    k.call(Opcode.ConvPackLive, ...packing, live);
  } else {
    k.prologue(Opcode.ConvPack, ...packing);
  }
  const pointers = [k.input(0), packed, k.parameter(1), k.output(), winners(k), live];
  const sizes = [inRows, inColumns, inChannels, outChannels, kernelSize];
  k.call(Opcode.ConvPoolForward, ...pointers, ...sizes, scale(k));
}

function emitBackward(k: KernelContext<FusedAttributes>): void {
  const [inChannels, inRows, inColumns] = mapShape("conv2d", k.inputShapes[0]);
  const { outChannels, kernelSize } = k.attributes;
  const live = dropsChannels(k) ? liveChannels(k, outChannels) : 0;
  const visits = k.scratch("visits", gradientListSize(k.shape));
  const sizes = [inRows, inColumns, inChannels, outChannels, kernelSize];
  k.prologue(Opcode.ConvPoolVisits, visits, ...sizes);
  const pointers = [
    visits,
    k.input(0),
    k.outputGradient(),
    winners(k),
    live,
    k.parameter(0),
    k.parameterGradient(0),
    k.parameterGradient(1),
    k.inputGradient(0),
    k.scratch("list", gradientListSize(k.shape)),
  ];
  k.call(Opcode.ConvPoolBackward, ...pointers, ...sizes, k.rowStride(0), scale(k));
}

function winners(k: KernelContext<FusedAttributes>): number {
  return k.saved("winners", winnerSize(k));
}

/** 1 / (1 − p) as float32 bits. */
function scale(k: KernelContext<FusedAttributes>): number {
  return k.f32(dropsChannels(k) ? 1 / (1 - k.attributes.p) : 1);
}
