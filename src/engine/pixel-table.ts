/** Normalisation of pixels: numbers for all channels, or a list with one for each channel. */
export interface Normalisation {
  readonly mean?: number | readonly number[];
  readonly std?: number | readonly number[];
}

/** How many tables there are: 1 where all channels have the same numbers, else one a channel. */
export function pixelTablesOf({ mean = 0, std = 1 }: Normalisation): number {
  const lengths = [mean, std].map((each) => (typeof each === "number" ? 1 : each.length));
  return Math.max(...lengths);
}

/**
 * Per channel, (byte / 255 − mean) / std, rounded to float32 after each operation, as PyTorch's float32 tensors are.
 *
 * @param tables room for `pixelTablesOf` tables of 256 values
 */
export function writePixelTables(tables: Float32Array, { mean = 0, std = 1 }: Normalisation): void {
  for (let channel = 0; channel * 256 < tables.length; channel++) {
    const mean32 = Math.fround(ofChannel(mean, channel));
    const std32 = Math.fround(ofChannel(std, channel));
    for (let byte = 0; byte < 256; byte++) {
      const centred = Math.fround(Math.fround(byte / 255) - mean32);
      tables[channel * 256 + byte] = centred / std32;
    }
  }
}

/** The number of a channel. */
export function ofChannel(numbers: number | readonly number[], channel: number): number {
  return typeof numbers === "number" ? numbers : numbers[channel % numbers.length]!;
}
