import { attentionRow } from "../graph/attention.js";
import type { Attention } from "./attention-nodes.js";
import type { ValueOf } from "./terms.js";

/**
 * How much one position of an image attends to each position of it.
 *
 * @param attention one over places
 * @param position row · columns + column in the attention's map
 * @param slot number of the image in its batch
 * @returns per head a weight for each position; they sum to 1
 */
export function positionWeights(
  { node, heads, query, key }: Attention,
  values: ValueOf,
  position: number,
  slot = 0,
): Float64Array[] {
  const [width = 1, rows = 1, columns = 1] = node.shape;
  const count = rows * columns;
  const tokens = {
    q: byToken(values(query.id, slot), width),
    k: byToken(values(key.id, slot), width),
    ...{ count, width, heads },
  };
  return Array.from({ length: heads }, (_, head) => attentionRow(tokens, head, position));
}

/**
 * How much an image attends to each image of its batch: the mean over positions and heads.
 *
 * @param attention one across the batch
 * @param images number of images in the batch
 * @param image number of the image that attends
 * @returns a weight for each image; they sum to 1
 */
export function imageWeights(
  { node, heads, query, key }: Attention,
  values: ValueOf,
  images: number,
  image = 0,
): Float64Array {
  const [width = 1, rows = 1, columns = 1] = node.shape;
  const positions = rows * columns;
  const channels = width / heads;
  const scale = 1 / Math.sqrt(channels);
  const q = values(query.id, image);
  const keys = Array.from({ length: images }, (_, slot) => values(key.id, slot));
  const mean = new Float64Array(images);
  const row = new Float64Array(images);
  // Not `attentionRow` for each position and head, as pages do this in every frame.
  for (let position = 0; position < positions; position++) {
    for (let head = 0; head < heads; head++) {
      const first = head * channels * positions + position;
      keys.forEach((k, other) => {
        let score = 0;
        for (let at = first; at < first + channels * positions; at += positions) {
          score += q[at]! * k[at]!;
        }
        row[other] = score * scale;
      });
      addSoftmax(mean, row, 1 / (positions * heads));
    }
  }
  return mean;
}

/** sums += factor · softmax(scores) */
function addSoftmax(sums: Float64Array, scores: Float64Array, factor: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  let total = 0;
  for (let at = 0; at < scores.length; at++) {
    scores[at] = Math.exp(scores[at]! - largest);
    total += scores[at]!;
  }
  for (let at = 0; at < scores.length; at++) sums[at]! += (factor * scores[at]!) / total;
}

/** Tokens `[position, channel]` of a map `[channel, position]`. */
function byToken(map: ArrayLike<number>, channels: number): Float64Array {
  const positions = map.length / channels;
  const tokens = new Float64Array(map.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let position = 0; position < positions; position++) {
      tokens[position * channels + channel] = map[channel * positions + position]!;
    }
  }
  return tokens;
}
