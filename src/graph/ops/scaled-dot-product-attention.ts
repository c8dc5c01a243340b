import { InputError } from "../../errors.js";
import { counted } from "../../numbers.js";
import { attend, attendBackward, type Tokens } from "../attention.js";
import { addNode, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { type AttributeRules, wholeNumber } from "./attributes.js";
import { everyChannel, sameChannels } from "./channels.js";
import { onnxAttention, onnxReshape } from "./onnx-nodes.js";
import type { ChannelReading, ImageOp, KernelContext, Tensor64 } from "./op.js";
import { noParameters } from "./parameters.js";
import { mapShape, sameShape } from "./shapes.js";
import { type StepFacts, work } from "./work.js";

export interface AttentionAttributes {
  /** Number of heads: each attends over an equal share of the channels. */
  readonly heads: number;
}

/** Rules of both attention ops' attributes. */
export const attentionRules: AttributeRules<AttentionAttributes> = { heads: wholeNumber(1) };

/** Inputs and heads, for the roles of both attention ops. */
export const attentionInputs = {
  ...{ query: 0, key: 1, value: 2 },
  heads: ({ heads }: AttentionAttributes) => heads,
};

/** Queries and keys change every channel of the result, a value only its own channel. */
export function attentionReads(reading: ChannelReading<AttentionAttributes>): readonly boolean[] {
  return reading.input === attentionInputs.value ? sameChannels(reading) : everyChannel(reading);
}

export function attentionCaption(
  _inputs: readonly Shape[],
  { heads }: AttentionAttributes,
): string {
  return `softmax(q·k)·v, ${counted(heads, "head")}`;
}

/** Multiply-adds of the scores and of the weighted values: each is a product of all queries with all tokens. */
export function attentionWork(queryValues: number, tokens: number): number {
  return 2 * queryValues * tokens;
}

/** The shape rule that both attention ops share. */
export function attentionShape(op: string, inputs: readonly Shape[], heads: number): Shape {
  const shape = sameShape(op, inputs);
  const [channels] = mapShape(op, shape);
  if (channels % heads !== 0) {
    throw new InputError(op, `heads that divide the ${channels} channels`, String(heads));
  }
  return shape;
}

/**
 * Values of scratch memory that the attention kernels need for `count` tokens: the list of tokens; keys, values and
 * their gradients, in groups of 5 channels; for 8 queries at a time their rows, the rows' gradients, the queries, the
 * scaled gradients and the means; for equal tokens the sum of their outputs' gradients, and `gradientMap`'s matrix.
 */
export function attentionScratch(count: number, width: number, heads: number): number {
  const padded = paddedTokens(count);
  const size = width / heads;
  const channels = Math.ceil(size / 5) * 5;
  const list = Math.ceil(count / 4) * 4;
  const queries = 8 * (2 * padded + 2 * channels + 1);
  // Vector loads of the last row may begin at its last value.
  const equal = width + (size + 1) * channels + 3;
  return list + 4 * padded * channels + queries + equal;
}

/** Largest number of the softmax's exponentials that an image keeps for backward: they fit a second-level cache. */
const MOST_KEPT = 2 ** 16;

/** Exponentials of one query over `count` tokens, padded as the kernels pad them. */
export function paddedTokens(count: number): number {
  return Math.ceil(count / 8) * 8;
}

/** Tokens `[position, channel]` of a map `[channel, position]`. */
function tokensOfMap(map: Float64Array, channels: number): Float64Array {
  const positions = map.length / channels;
  return map.map((_, at) => map[(at % channels) * positions + Math.floor(at / channels)]!);
}

/** The inverse of `tokensOfMap`. */
function mapOfTokens(tokens: Float64Array, channels: number): Float64Array {
  return tokensOfMap(tokens, tokens.length / channels);
}

function imageTokens(inputs: readonly Tensor64[], heads: number): Tokens {
  const [width, rows, columns] = mapShape("scaledDotProductAttention", inputs[0]!.shape);
  const [q, k, v] = inputs.map(({ values }) => tokensOfMap(values, width));
  return { q: q!, k: k!, v: v!, count: rows * columns, width, heads };
}

/** All that is known of {@link scaledDotProductAttention}. */
export const scaledDotProductAttentionOp: ImageOp<AttentionAttributes> = {
  name: "scaledDotProductAttention",
  scope: "image",
  attributes: attentionRules,
  inputCount: 3,
  parameterLayouts: [],
  checkParameters: noParameters("scaledDotProductAttention"),
  role: { kind: "attention", over: "places", ...attentionInputs },
  readsChannels: attentionReads,
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: ([query]) => attentionWork(sizeOf(query!), sizeOf(query!.slice(1))),
  work: work<AttentionAttributes, AttendedTokens>({
    measure: ({ inputShapes }, image) => {
      const positions = sizeOf(inputShapes[0]!.slice(1));
      const maps = inputShapes.map((_, input) => image.input(input));
      return { distinctTokens: countDistinctTokens(maps, positions) };
    },
    forward: { AttentionForward: (step, measured) => 2 * distinctProduct(step, measured) },
    // Gradients with respect to scores, queries, keys and values.
    backward: {
      AttentionBackward: (step, measured) =>
        (4 + repeatedShare(step, measured)) * distinctProduct(step, measured),
    },
  }),
  drawing: {
    family: "attention",
    title: "attention over positions",
    caption: attentionCaption,
    continuesLayer: false,
  },

  shape: (inputs, { heads }) => attentionShape("scaledDotProductAttention", inputs, heads),

  forward({ inputs, attributes: { heads } }) {
    const tokens = imageTokens(inputs, heads);
    return mapOfTokens(attend(tokens), tokens.width);
  },

  // see `attendBackward`
  backward({ inputs, attributes: { heads }, gradient }) {
    const tokens = imageTokens(inputs, heads);
    const { dq, dk, dv } = attendBackward(tokens, tokensOfMap(gradient, tokens.width));
    return { inputs: [dq, dk, dv].map((d) => mapOfTokens(d, tokens.width)) };
  },

  onnx(onnx) {
    const { heads } = onnx.attributes;
    const [channels, rows, columns] = mapShape("scaledDotProductAttention", onnx.shape);
    const size = channels / heads;
    const [q, k, v] = [0, 1, 2].map((input) =>
      onnxReshape(onnx, onnx.input(input), [heads, size, rows * columns]),
    ) as [string, string, string];
    const tokens = (x: string) => onnx.add("Transpose", [x], { perm: [0, 1, 3, 2] });
    const y = onnxAttention(onnx, { q: tokens(q), k, v: tokens(v), size });
    return onnxReshape(onnx, tokens(y), onnx.shape);
  },

  emitForward(k) {
    const { count, width, heads } = tokenSizes(k);
    k.call("AttentionForward", {
      ...attentionPointers(k, attentionScratch(count, width, heads)),
      ...keptExponentials(k, count),
      ...{ count, width, heads },
    });
  },

  emitBackward(k) {
    const { count, width, heads } = tokenSizes(k);
    k.call("AttentionBackward", {
      ...attentionPointers(k, attentionScratch(count, width, heads)),
      ...attentionGradients(k),
      ...keptExponentials(k, count),
      ...{ count, width, heads },
    });
  },
};

type AttentionKernels = KernelContext<AttentionAttributes>;

function tokenSizes(k: AttentionKernels) {
  const [width, rows, columns] = mapShape("scaledDotProductAttention", k.shape);
  return { count: rows * columns, width, heads: k.attributes.heads };
}

/** How many queries, over all heads and with padding, keep their exponentials over `count` tokens: a multiple of 8. */
function keptQueries(count: number, heads: number): number {
  const padded = paddedTokens(count);
  return Math.min(Math.floor(MOST_KEPT / padded / 8) * 8, heads * padded);
}

/** How much attention there is to compute for one image. */
export interface AttendedTokens {
  /** Tokens that the kernels compute: the set of equal ones counts as one. */
  readonly distinctTokens: number;
}

function distinctOf({ shape }: StepFacts<AttentionAttributes>, measured?: AttendedTokens): number {
  return measured?.distinctTokens ?? sizeOf(shape.slice(1));
}

/** Multiply-adds of one product of all computed queries with all computed tokens. */
function distinctProduct(
  step: StepFacts<AttentionAttributes>,
  measured: AttendedTokens | undefined,
): number {
  return distinctOf(step, measured) ** 2 * step.shape[0]!;
}

/** The share of the queries whose scores backward computes again. */
function repeatedShare(
  step: StepFacts<AttentionAttributes>,
  measured: AttendedTokens | undefined,
): number {
  const { heads } = step.attributes;
  const queries = heads * paddedTokens(distinctOf(step, measured));
  return 1 - Math.min(1, keptQueries(sizeOf(step.shape.slice(1)), heads) / queries);
}

/**
 * How many tokens the kernels compute, see `listTokens` in kernels/attention-tokens.ts: tokens equal to the first one
 * whose successor equals it, in all of the given maps [channel, position], count as one.
 */
export function countDistinctTokens(maps: readonly Float32Array[], positions: number): number {
  const areEqual = (a: number, b: number) =>
    maps.every((map) => {
      for (let at = 0; at < map.length; at += positions) {
        if (!Object.is(map[at + a], map[at + b])) return false;
      }
      return true;
    });
  const all = Array.from({ length: positions }, (_, position) => position);
  const common = all.slice(0, -1).find((position) => areEqual(position, position + 1));
  if (common === undefined) return positions;
  return 1 + all.filter((position) => !areEqual(common, position)).length;
}

/** Memory for exponentials, and the number of queries whose exponentials it keeps. */
function keptExponentials(k: AttentionKernels, positions: number) {
  const rows = keptQueries(positions, k.attributes.heads);
  const kept = k.carried("exponentials", rows * paddedTokens(positions));
  return { kept, keptRows: kept === 0 ? 0 : rows };
}

/**
 * What the kernels of both attention ops read and write: q, k, v, the output, the normalizers (two per head and
 * position) and scratch memory of `scratchSize` values.
 */
export function attentionPointers(k: AttentionKernels, scratchSize: number) {
  const [, rows, columns] = mapShape("attention", k.shape);
  const normalizers = k.saved("normalizers", 2 * k.attributes.heads * rows * columns);
  const scratch = k.scratch("attention", scratchSize);
  return {
    ...{ q: k.input(0), k: k.input(1), v: k.input(2) },
    ...{ out: k.output(), normalizers, scratch },
  };
}

/** What the backward kernels of both read and write besides: the gradients of the output, and of q, k and v. */
export function attentionGradients(k: AttentionKernels) {
  const [gq, gk, gv] = [k.inputGradient(0), k.inputGradient(1), k.inputGradient(2)];
  return { gOut: k.outputGradient(), gq, gk, gv };
}

/**
 * Attention of every position of an image to every position of the same image.
 *
 * `o_i = Σ_j softmax_j(q_i · k_j / √d) v_j` for positions i, j, in each head over its d = channels / heads channels.
 *
 * q, k, v: [channels, rows, columns] → the same. As `torch.nn.functional.scaled_dot_product_attention`
 * with the positions as sequence. The softmax of the first queries, at most 256 kB, is kept for backward; that of the
 * others is computed again, so that memory grows with the number of positions, not with its square.
 * Paper: Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
 *
 * @param q queries, a map [channels, rows, columns]
 * @param k keys, a map of the same shape
 * @param v values, a map of the same shape
 * @param options.heads number of heads; must divide the channels
 * @example
 * const [q, k, v] = ["q", "k", "v"].map((name) => linear(x, name, { outFeatures: 8 }));
 * const y = scaledDotProductAttention(q, k, v, { heads: 2 }); // [8, 14, 14]
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionAttributes,
): Tensor {
  return addNode(scaledDotProductAttentionOp, {
    inputs: [q, k, v],
    attributes: options,
    label: "attention",
  });
}
