import type { ChannelReading } from "./op.js";

/** Each channel of the result reads the same channel of the input. */
export function sameChannels({ read }: ChannelReading<unknown>): readonly boolean[] {
  return read;
}

/** Every channel of the result reads every channel of the input. */
export function everyChannel({
  read,
  input,
  inputShapes,
}: ChannelReading<unknown>): readonly boolean[] {
  const [channels = 1] = inputShapes[input]!;
  return new Array<boolean>(channels).fill(read.includes(true));
}

/**
 * Each channel of the result reads those channels of the input whose weights, in its row of `[rows, channels, ...]`,
 * are not all 0.
 *
 * @param firstRow row of the first channel of the result
 */
export function weighedChannels(
  { read, inputShapes, parameters }: ChannelReading<unknown>,
  firstRow: number,
): readonly boolean[] {
  const { values, shape } = parameters[0]!;
  const [, columns = 1, ...kernel] = shape;
  const size = kernel.reduce((a, b) => a * b, 1);
  return Array.from({ length: inputShapes[0]![0]! }, (_, channel) =>
    read.some((isRead, row) => {
      if (!isRead) return false;
      const from = ((firstRow + row) * columns + channel) * size;
      return values.subarray(from, from + size).some((weight) => weight !== 0);
    }),
  );
}
