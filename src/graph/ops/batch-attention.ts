import { attend, attendBackward, type Tokens } from "../attention.js";
import type { Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
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

/** The tokens at one place: one an image of the batch. */
function tokensAtPlace(calls: readonly Call[], place: number): Tokens {
  const [width] = mapShape("batchAttention", calls[0]!.shape);
  const gather = (input: number) => {
    const maps = calls.map((call) => call.inputs[input]!.values);
    return gatherPlace(maps, width, place);
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

/** `[image, channel]` at one place of each image's map `[channel, place]`. */
function gatherPlace(maps: readonly Float64Array[], width: number, place: number): Float64Array {
  const tokens = new Float64Array(maps.length * width);
  maps.forEach((map, image) => {
    const places = map.length / width;
    for (let c = 0; c < width; c++) tokens[image * width + c] = map[c * places + place]!;
  });
  return tokens;
}

function scatterPlace(
  maps: readonly Float64Array[],
  tokens: Float64Array,
  width: number,
  place: number,
): void {
  maps.forEach((map, image) => {
    const places = map.length / width;
    for (let c = 0; c < width; c++) map[c * places + place] = tokens[image * width + c]!;
  });
}

function emptyMaps(calls: readonly Call[]): Float64Array[] {
  return calls.map((call) => new Float64Array(call.inputs[0]!.values.length));
}

/** Places that a task takes at once: what an image has there shares lines of the processor's cache. */
const PLACES_A_TASK = 4;

/**
 * At every place, the images of a batch attend to each other: the only op in which one image's result
 * depends on another.
 *
 * `o_b[p] = Σ_a softmax_a(q_b[p] · k_a[p] / √d) v_a[p]` for images a, b of the batch and a place p.
 *
 * q, k, v: [channels, rows, columns] → the same. This is what `torch.nn.MultiheadAttention` computes on
 * a (batch, place, channel) tensor with its default `batch_first=False`; attention over the places of
 * one image is `scaledDotProductAttention`. Backward takes the softmax of the first places from memory, of
 * at most 8 MB a batch, and computes that of the others again.
 */
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

  tasks: ([, rows, columns]) => Math.ceil((rows! * columns!) / PLACES_A_TASK),

  forward(calls) {
    const [width, rows, columns] = mapShape("batchAttention", calls[0]!.shape);
    const outputs = emptyMaps(calls);
    for (let place = 0; place < rows * columns; place++)
      scatterPlace(outputs, attend(tokensAtPlace(calls, place)), width, place);
    return outputs;
  },

  // see `attendBackward`
  backward(calls) {
    const [width, rows, columns] = mapShape("batchAttention", calls[0]!.shape);
    const [q, k, v] = [emptyMaps(calls), emptyMaps(calls), emptyMaps(calls)];
    const gradients = calls.map((call) => call.gradient);
    for (let place = 0; place < rows * columns; place++) {
      const tokens = tokensAtPlace(calls, place);
      const { dq, dk, dv } = attendBackward(tokens, gatherPlace(gradients, width, place));
      scatterPlace(q, dq, width, place);
      scatterPlace(k, dk, width, place);
      scatterPlace(v, dv, width, place);
    }
    return calls.map((_, image) => ({ inputs: [q[image], k[image], v[image]] }));
  },

  emitForward(k) {
    k.call("BatchAttentionForward", { ...pointers(k), ...keptPlaces(k), ...sizes(k) });
  },

  emitBackward(k) {
    k.call("BatchAttentionBackward", {
      ...pointers(k),
      ...attentionGradients(k),
      ...keptPlaces(k),
      ...sizes(k),
    });
  },
};

type BatchAttentionKernels = KernelContext<AttentionAttributes>;

function pointers(k: BatchAttentionKernels) {
  const [channels] = mapShape("batchAttention", k.shape);
  return attentionPointers(k, attentionScratch(k.batchSize, channels, k.attributes.heads));
}

/** Powers of the softmax that a batch keeps for backward: as many as a processor's third-level cache has room for. */
const MOST_KEPT = 2 ** 21;

/** Memory for powers, and the number of places whose powers it keeps. */
function keptPlaces(k: BatchAttentionKernels) {
  const { places } = sizes(k);
  const aPlace = k.attributes.heads * paddedTokens(k.batchSize) ** 2;
  const most = Math.min(places, Math.floor(MOST_KEPT / aPlace));
  const kept = k.carried("powers", most * aPlace);
  return { kept, keptPlaces: kept === 0 ? 0 : most };
}

function sizes(k: BatchAttentionKernels) {
  const [width, rows, columns] = mapShape("batchAttention", k.shape);
  const { heads } = k.attributes;
  return { width, heads, places: rows * columns, atOnce: PLACES_A_TASK };
}

/**
 * Multi-head attention of a batch's images to each other, place by place.
 *
 * @param q, k, v maps [channels, rows, columns] of one shape
 * @param options.heads divides the channels
 */
export function batchAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionAttributes,
): Tensor {
  return q.builder.add(batchAttentionOp, {
    inputs: [q, k, v],
    attributes: options,
    label: "batchAttention",
  });
}
