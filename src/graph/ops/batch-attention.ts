import { attend, attendBackward, type Tokens } from "../attention.js";
import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { onnxAttention, onnxReshape } from "./onnx-nodes.js";
import type { BatchOp, KernelContext, ReferenceCall } from "./op.js";
import { noParameters } from "./parameters.js";
import {
  type AttentionAttributes,
  attentionCaption,
  attentionGradients,
  attentionInputs,
  attentionPointers,
  attentionReads,
  attentionRules,
  attentionScratch,
  attentionShape,
  attentionWork,
  paddedTokens,
} from "./scaled-dot-product-attention.js";
import { mapShape } from "./shapes.js";
import { notCounted } from "./work.js";

type Call = ReferenceCall<AttentionAttributes>;

/** The tokens at one position: one per image of the batch. */
function tokensAtPosition(calls: readonly Call[], position: number): Tokens {
  const [width] = mapShape("batchAttention", calls[0]!.shape);
  const gather = (input: number) => {
    const maps = calls.map((call) => call.inputs[input]!.values);
    return gatherPosition(maps, width, position);
  };
  return {
    q: gather(0),
    k: gather(1),
    v: gather(2),
    count: calls.length,
    width,
    heads: calls[0]!.attributes.heads,
  };
}

/** `[image, channel]` at one position of each image's map `[channel, position]`. */
function gatherPosition(
  maps: readonly Float64Array[],
  width: number,
  position: number,
): Float64Array {
  const tokens = new Float64Array(maps.length * width);
  maps.forEach((map, image) => {
    const positions = map.length / width;
    for (let c = 0; c < width; c++) tokens[image * width + c] = map[c * positions + position]!;
  });
  return tokens;
}

/** The inverse of `gatherPosition`. */
function scatterPosition(
  maps: readonly Float64Array[],
  tokens: Float64Array,
  width: number,
  position: number,
): void {
  maps.forEach((map, image) => {
    const positions = map.length / width;
    for (let c = 0; c < width; c++) map[c * positions + position] = tokens[image * width + c]!;
  });
}

function emptyMaps(calls: readonly Call[]): Float64Array[] {
  return calls.map((call) => new Float64Array(call.inputs[0]!.values.length));
}

/** Positions per task: an image's values at neighbouring positions share lines of the processor's cache. */
const POSITIONS_PER_TASK = 4;

/** All that is known of {@link batchAttention}. */
export const batchAttentionOp: BatchOp<AttentionAttributes> = {
  name: "batchAttention",
  scope: "batch",
  attributes: attentionRules,
  inputCount: 3,
  parameterLayouts: [],
  checkParameters: noParameters("batchAttention"),
  role: { kind: "attention", over: "batch", ...attentionInputs },
  readsChannels: attentionReads,
  keepsChannelsApart: false,
  randomUnits: () => 0,
  multiplyAdds: ([query], _attributes, _shape, batchSize) =>
    attentionWork(sizeOf(query!), batchSize),
  work: {
    forward: { BatchAttentionForward: notCounted },
    backward: { BatchAttentionBackward: notCounted },
  },
  drawing: {
    family: "attention",
    title: "attention over the batch",
    caption: attentionCaption,
    continuesLayer: false,
  },

  shape: (inputs, { heads }) => attentionShape("batchAttention", inputs, heads),

  tasks: ([, rows, columns]) => Math.ceil((rows! * columns!) / POSITIONS_PER_TASK),

  forward(calls) {
    const [width, rows, columns] = mapShape("batchAttention", calls[0]!.shape);
    const outputs = emptyMaps(calls);
    for (let position = 0; position < rows * columns; position++)
      scatterPosition(outputs, attend(tokensAtPosition(calls, position)), width, position);
    return outputs;
  },

  // see `attendBackward`
  backward(calls) {
    const [width, rows, columns] = mapShape("batchAttention", calls[0]!.shape);
    const [q, k, v] = [emptyMaps(calls), emptyMaps(calls), emptyMaps(calls)];
    const gradients = calls.map((call) => call.gradient);
    for (let position = 0; position < rows * columns; position++) {
      const tokens = tokensAtPosition(calls, position);
      const { dq, dk, dv } = attendBackward(tokens, gatherPosition(gradients, width, position));
      scatterPosition(q, dq, width, position);
      scatterPosition(k, dk, width, position);
      scatterPosition(v, dv, width, position);
    }
    return calls.map((_, image) => ({ inputs: [q[image], k[image], v[image]] }));
  },

  onnx(onnx) {
    const { heads } = onnx.attributes;
    const [channels, rows, columns] = mapShape("batchAttention", onnx.shape);
    const size = channels / heads;
    const [q, k, v] = [0, 1, 2].map((input) =>
      onnxReshape(onnx, onnx.input(input), [heads, size, rows * columns]),
    ) as [string, string, string];
    // The images of the batch are the tokens: [head, position, image, channel].
    const tokens = (x: string) => onnx.add("Transpose", [x], { perm: [1, 3, 0, 2] });
    const keys = onnx.add("Transpose", [k], { perm: [1, 3, 2, 0] });
    const y = onnxAttention(onnx, { q: tokens(q), k: keys, v: tokens(v), size });
    return onnxReshape(onnx, onnx.add("Transpose", [y], { perm: [2, 0, 3, 1] }), onnx.shape);
  },

  emitForward(k) {
    k.call("BatchAttentionForward", { ...pointers(k), ...keptPositions(k), ...sizes(k) });
  },

  emitBackward(k) {
    k.call("BatchAttentionBackward", {
      ...pointers(k),
      ...attentionGradients(k),
      ...keptPositions(k),
      ...sizes(k),
    });
  },
};

type BatchAttentionKernels = KernelContext<AttentionAttributes>;

function pointers(k: BatchAttentionKernels) {
  const [channels] = mapShape("batchAttention", k.shape);
  return attentionPointers(k, attentionScratch(k.batchSize, channels, k.attributes.heads));
}

/** Largest number of the softmax's exponentials that a batch keeps for backward: they fit a third-level cache. */
const MOST_KEPT = 2 ** 21;

/** Memory for exponentials, and the number of positions whose exponentials it keeps. */
function keptPositions(k: BatchAttentionKernels) {
  const { positions } = sizes(k);
  const perPosition = k.attributes.heads * paddedTokens(k.batchSize) ** 2;
  const most = Math.min(positions, Math.floor(MOST_KEPT / perPosition));
  const kept = k.carried("exponentials", most * perPosition);
  return { kept, keptPositions: kept === 0 ? 0 : most };
}

function sizes(k: BatchAttentionKernels) {
  const [width, rows, columns] = mapShape("batchAttention", k.shape);
  const { heads } = k.attributes;
  return { width, heads, positions: rows * columns, positionsPerTask: POSITIONS_PER_TASK };
}

/**
 * Attention of a batch's images to each other, at every position separately. It is the only op in which one image's
 * result depends on other images.
 *
 * `o_b[p] = Σ_a softmax_a(q_b[p] · k_a[p] / √d) v_a[p]` for images a, b of the batch and a position p.
 *
 * q, k, v: [channels, rows, columns] → the same. This is what `torch.nn.MultiheadAttention` computes on a
 * (batch, position, channel) tensor with its default `batch_first=False`; attention over the positions of one image is
 * `scaledDotProductAttention`. The softmax of the first positions, at most 8 MB per batch, is kept for backward; that
 * of the others is computed again.
 *
 * @param q queries, a map [channels, rows, columns]
 * @param k keys, a map of the same shape
 * @param v values, a map of the same shape
 * @param options.heads number of heads; must divide the channels
 * @example
 * const y = batchAttention(x, x, x, { heads: 2 }); // [8, 14, 14]
 */
export function batchAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionAttributes,
): Tensor {
  return addNode(batchAttentionOp, {
    inputs: [q, k, v],
    attributes: options,
    label: "batchAttention",
  });
}
