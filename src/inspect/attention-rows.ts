import { attentionRow, type Tokens } from "../graph/attention.js";
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
  const maps = (id: number) => Array.from({ length: images }, (_, slot) => values(id, slot));
  const [queries, keys] = [maps(query.id), maps(key.id)];
  const mean = new Float64Array(images);
  for (let position = 0; position < positions; position++) {
    const tokens: Omit<Tokens, "v"> = {
      q: acrossBatch(queries, width, position),
      k: acrossBatch(keys, width, position),
      ...{ count: images, width, heads },
    };
    for (let head = 0; head < heads; head++) {
      attentionRow(tokens, head, image).forEach((weight, other) => {
        mean[other]! += weight / (positions * heads);
      });
    }
  }
  return mean;
}

/** Tokens `[position, channel]` of a map `[channel, position]`. */
function byToken(map: ArrayLike<number>, channels: number): Float64Array {
  const positions = map.length / channels;
  return Float64Array.from(
    { length: map.length },
    (_, at) => map[(at % channels) * positions + Math.floor(at / channels)]!,
  );
}

/** Tokens `[image, channel]` of the same position in all images. */
function acrossBatch(
  maps: readonly ArrayLike<number>[],
  channels: number,
  position: number,
): Float64Array {
  const positions = maps[0]!.length / channels;
  return Float64Array.from(
    { length: maps.length * channels },
    (_, at) => maps[Math.floor(at / channels)]![(at % channels) * positions + position]!,
  );
}
