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
 * A channel of the result reads those channels of the input that its row of the weight `[rows, channels, ...]` does
 * not multiply by 0.
 *
 * @param firstRow row of the result's first channel
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
