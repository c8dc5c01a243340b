import { InputError } from "../../errors.js";
import { counted } from "../../numbers.js";
import { attend, attendBackward, type Tokens } from "../attention.js";
import type { Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { type AttributeRules, wholeNumber } from "./attributes.js";
import { everyChannel, sameChannels } from "./channels.js";
import type { ChannelReading, ImageOp, KernelContext, Tensor64 } from "./op.js";
import { noParameters } from "./parameters.js";
import { mapShape, sameShape } from "./shapes.js";
import { type StepFacts, work } from "./work.js";

export interface AttentionAttributes {
  /** Parallel attentions over equal shares of the channels. */
  readonly heads: number;
}

/** What both attention ops' attributes may be. */
export const attentionRules: AttributeRules<AttentionAttributes> = { heads: wholeNumber(1) };

/** Of both attention ops' roles. */
export const attentionInputs = {
  ...{ query: 0, key: 1, value: 2 },
  heads: ({ heads }: AttentionAttributes) => heads,
};

/** A query or a key reaches every channel of its head, a value its own. */
export function attentionReads(reading: ChannelReading<AttentionAttributes>): readonly boolean[] {
  return reading.input === attentionInputs.value ? sameChannels(reading) : everyChannel(reading);
}

export function attentionCaption(
  _inputs: readonly Shape[],
  { heads }: AttentionAttributes,
): string {
  return `softmax(q·k)·v, ${counted(heads, "head")}`;
}

/** Scores, and values weighted by them: two products of queries and tokens, over all channels. */
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
 * Values of scratch memory that the attention kernels need over `count` tokens: their list; keys, values and
 * their gradients in groups of 5 channels; of 8 queries the rows and their gradients, the tokens, scaled gradients
 * and means; of equal tokens the sum of the output's gradients, and how a query's gradient follows from the output's.
 */
export function attentionScratch(count: number, width: number, heads: number): number {
  const padded = paddedTokens(count);
  const size = width / heads;
  const channels = Math.ceil(size / 5) * 5;
  const list = Math.ceil(count / 4) * 4;
  const queries = 8 * (2 * padded + 2 * channels + 1);
  // Loads of the last row may begin on its last value.
  const equal = width + (size + 1) * channels + 3;
  return list + 4 * padded * channels + queries + equal;
}

/** Powers of the softmax that an image keeps for backward: as many as a core's second-level cache has room for. */
const MOST_KEPT = 2 ** 16;

/** Powers of one query over `count` tokens, padded as kernels pad them. */
export function paddedTokens(count: number): number {
  return Math.ceil(count / 8) * 8;
}

/** Token order `[position, channel]` of a map `[channel, position]`. */
function tokensOfMap(map: Float64Array, channels: number): Float64Array {
  const positions = map.length / channels;
  return map.map((_, at) => map[(at % channels) * positions + Math.floor(at / channels)]!);
}

function mapOfTokens(tokens: Float64Array, channels: number): Float64Array {
  return tokensOfMap(tokens, tokens.length / channels);
}

function imageTokens(inputs: readonly Tensor64[], heads: number): Tokens {
  const [width, rows, columns] = mapShape("scaledDotProductAttention", inputs[0]!.shape);
  const [q, k, v] = inputs.map(({ values }) => tokensOfMap(values, width));
  return { q: q!, k: k!, v: v!, count: rows * columns, width, heads };
}

/**
 * Every position of the image attends to every position of the same image.
 *
 * `o_i = Σ_j softmax_j(q_i · k_j / √d) v_j` for positions i, j, in each head over its own d = C / heads
 * channels.
 *
 * q, k, v: [channels, rows, columns] → the same. As `torch.nn.functional.scaled_dot_product_attention`
 * with positions as the sequence. Backward takes the softmax of the first queries from memory, of at most 256 kB, and
 * computes that of the others again, so that memory grows with the number of positions, not with its square.
 * Paper: Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
 */
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

/** How many queries of all heads keep their powers over `count` tokens, padding included: whole blocks of 8. */
function keptQueries(count: number, heads: number): number {
  const padded = paddedTokens(count);
  return Math.min(Math.floor(MOST_KEPT / padded / 8) * 8, heads * padded);
}

/** What attention did for one image. */
export interface AttendedTokens {
  /** Tokens that are attended apart from each other. */
  readonly distinctTokens: number;
}

function distinctOf({ shape }: StepFacts<AttentionAttributes>, measured?: AttendedTokens): number {
  return measured?.distinctTokens ?? sizeOf(shape.slice(1));
}

/** Multiply-adds of one product of queries and tokens, over all channels. */
function distinctProduct(
  step: StepFacts<AttentionAttributes>,
  measured: AttendedTokens | undefined,
): number {
  return distinctOf(step, measured) ** 2 * step.shape[0]!;
}

/** The share of the queries whose scores, one product, backward computes again. */
function repeatedShare(
  step: StepFacts<AttentionAttributes>,
  measured: AttendedTokens | undefined,
): number {
  const { heads } = step.attributes;
  const queries = heads * paddedTokens(distinctOf(step, measured));
  return 1 - Math.min(1, keptQueries(sizeOf(step.shape.slice(1)), heads) / queries);
}

/**
 * How many tokens the kernels attend apart from each other: those that are equal to the first one whose
 * successor equals it, in all of the given maps [channel, position], are one.
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

/** Memory for powers, and the number of queries whose powers it keeps. */
function keptExponentials(k: AttentionKernels, positions: number) {
  const rows = keptQueries(positions, k.attributes.heads);
  const kept = k.carried("powers", rows * paddedTokens(positions));
  return { kept, keptRows: kept === 0 ? 0 : rows };
}

/**
 * What the kernels of both attention ops read and write: q, k, v, the output, the normalizers (two a head
 * and position) and scratch memory of `scratchSize` values.
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

/** What their backward kernels read and write besides: gradients of the output, of q, k and v. */
export function attentionGradients(k: AttentionKernels) {
  const [gq, gk, gv] = [k.inputGradient(0), k.inputGradient(1), k.inputGradient(2)];
  return { gOut: k.outputGradient(), gq, gk, gv };
}

/**
 * Multi-head attention of an image's positions to each other.
 *
 * @param q, k, v maps [channels, rows, columns] of one shape
 * @param options.heads divides the channels
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionAttributes,
): Tensor {
  return q.builder.add(scaledDotProductAttentionOp, {
    inputs: [q, k, v],
    attributes: options,
    label: "attention",
  });
}
