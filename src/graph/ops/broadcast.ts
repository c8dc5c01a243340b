import { InputError } from "../../errors.js";
import { type Shape, sizeOf } from "../graph.js";
import type { ChannelReading } from "./op.js";
import { showShape } from "./shapes.js";

/** How an operand lies over the result: it may lack the channels, the positions, or both. */
export interface Spread {
  readonly overChannels: boolean;
  readonly overPositions: boolean;
}

/**
 * The shape of a result whose operands are spread over it: equal shapes; a vector [channels] or [channels, 1, 1], which
 * is the same at all positions; a map [1, rows, columns], which is the same in all channels.
 *
 * As PyTorch's broadcasting with the channel axis first. There, a vector [channels] would lie along the columns; here it
 * lies along the channels.
 *
 * @throws InputError in the op's name where the shapes do not fit each other
 */
export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const [first, second] = [withRank(a, rank), withRank(b, rank)];
  const positions = first.slice(1).some((extent) => extent !== 1)
    ? first.slice(1)
    : second.slice(1);
  const channels = Math.max(first[0] ?? 1, second[0] ?? 1);
  const result = rank === 0 ? [] : [channels, ...positions];
  for (const [shape, full] of [
    [a, first],
    [b, second],
  ] as const) {
    const { overChannels, overPositions } = spreadOf(shape, result);
    const fits =
      full.length === rank &&
      (overChannels || full[0] === 1) &&
      (overPositions || sizeOf(full.slice(1)) === 1);
    if (fits) continue;
    const expected =
      "equal shapes, or [channels], [channels, 1, 1] or [1, rows, columns] beside a map";
    throw new InputError(op, expected, `${showShape(a)} and ${showShape(b)}`);
  }
  return result;
}

/** A vector as `[channels, 1, 1]`. */
function withRank(shape: Shape, rank: number): Shape {
  return shape.length === 1 ? [...shape, ...new Array<number>(rank - 1).fill(1)] : shape;
}

/** How an operand of this shape lies over the result. */
export function spreadOf(shape: Shape, result: Shape): Spread {
  const positions = withRank(shape, result.length).slice(1);
  return {
    overChannels: (shape[0] ?? 1) === (result[0] ?? 1),
    overPositions: positions.join() === result.slice(1).join(),
  };
}

/** Index in an operand of the value that belongs to each value of the result, row-major. */
export function operandIndices(shape: Shape, result: Shape): number[] {
  const { overChannels, overPositions } = spreadOf(shape, result);
  const positions = sizeOf(result.slice(1));
  return Array.from({ length: sizeOf(result) }, (_, at) => {
    const channel = overChannels ? Math.floor(at / positions) : 0;
    return overPositions ? channel * positions + (at % positions) : channel;
  });
}

/** Each channel of the result reads the same channel of an operand, or its only one. */
export function broadcastReads({ read, input, inputShapes }: ChannelReading<unknown>) {
  const channels = inputShapes[input]![0] ?? 1;
  return channels === read.length ? read : [read.includes(true)];
}
