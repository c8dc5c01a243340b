import { sizeOf } from "../../graph/graph.js";
import { packedConvSize } from "../../graph/ops/convolution/dense.js";
import type { ConvAxis } from "../../graph/ops/convolution/geometry.js";
import { type SeenImage, type StepFacts, work } from "../../graph/ops/work.js";
import { range } from "../../numbers.js";
import { roundUp } from "../parameter-layout.js";
import type { ConvPoolAttributes } from "./conv-pool-calls.js";
import { windowStarts, winogradTiles } from "./conv-pool-tiles.js";
import { paddedChannels, winogradPoints } from "./winograd-sizes.js";

/** How much there is to compute for one image. */
export interface ConvolutionWork {
  /** Channels that dropout did not drop. */
  readonly liveChannels: number;
  /** Pooling windows, over all channels, whose maximum has a gradient. */
  readonly maxima: number;
  /** Share of the pooling windows' taps that see foreground, so that they are computed, 0..1. */
  readonly foreground: number;
}

/** Multiply-adds of the kernels, with and without what an image lets them skip. */
export const convPoolWork = work<ConvPoolAttributes, ConvolutionWork>({
  measure: (step, image) => ({
    liveChannels: countLiveChannels(step, image),
    maxima: countMaxima(image.output(), image.outputGradient()),
    foreground: step.attributes.hasBackground ? foregroundShare(step, image) : 1,
  }),
  forward: {
    ConvPoolForward({ attributes, inputShapes, shape }, measured) {
      const { outChannels, kernelSize } = attributes;
      const taps = kernelSize ** 2 * inputShapes[0]![0]!;
      const channels = measured?.liveChannels ?? outChannels;
      // A pooled value is the maximum of 4.
      const every = packedConvSize(channels, taps) * 4 * sizeOf(shape.slice(1));
      return every * (measured?.foreground ?? 1);
    },
    // Products of transformed tiles. The transforms are mostly additions and not counted.
    WinogradConvPoolForward({ attributes, inputShapes, shape }, measured) {
      const tiles = roundUp(winogradTiles(shape), 4);
      const channels = measured?.liveChannels ?? attributes.outChannels;
      return winogradPoints * tiles * paddedChannels(inputShapes[0]![0]!) * channels;
    },
  },
  backward: {
    ConvPoolBackward({ attributes, inputShapes, hasInputGradient }, measured) {
      if (measured === undefined) return undefined;
      const { kernelSize } = attributes;
      const perMaximum = kernelSize * roundUp(kernelSize * inputShapes[0]![0]!, 4);
      return (hasInputGradient ? 2 : 1) * measured.maxima * perMaximum;
    },
  },
});

/** How many channels dropout did not drop. */
function countLiveChannels(
  { attributes: { outChannels, p, dropoutStream } }: StepFacts<ConvPoolAttributes>,
  image: SeenImage,
): number {
  const dropout = { stream: dropoutStream, units: outChannels, p };
  return range(outChannels).filter((channel) => p === 0 || image.keeps(channel, dropout)).length;
}

/** How many windows' maxima have a gradient. */
function countMaxima(values: Float32Array, gradients: Float32Array): number {
  return range(values.length).filter((at) => values[at]! > 0 && gradients[at] !== 0).length;
}

/**
 * The share of the pooling windows' taps that see foreground. The kernel computes at least these; a last block of 3
 * or 4 channels takes two windows at a time, with the taps that either needs.
 */
function foregroundShare(
  { attributes: { kernelSize, geometry } }: StepFacts<ConvPoolAttributes>,
  seen: SeenImage,
): number {
  const { rows, columns } = geometry;
  const [image, [background]] = [seen.input(0), seen.input(1)];
  const taps = range(kernelSize);
  const isInside = (at: number, { input }: ConvAxis) => at >= 0 && at < input;
  const pixel = (row: number, column: number) =>
    isInside(row, rows) && isInside(column, columns) ? image[row * columns.input + column] : 0;
  const isForeground = (row: number, column: number) =>
    pixel(row - rows.before, column - columns.before) !== background;
  // A tap of a window sees 2×2 pixels.
  const sees = (row: number, column: number) =>
    [row, row + 1].some((r) => isForeground(r, column) || isForeground(r, column + 1));
  const counts = windowStarts(rows).flatMap((row) =>
    windowStarts(columns).map(
      (column) => taps.flatMap((r) => taps.filter((c) => sees(row + r, column + c))).length,
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0) / (counts.length * kernelSize ** 2);
}
