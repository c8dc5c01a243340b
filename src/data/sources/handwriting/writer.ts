import { RandomStream } from "./random.js";
import { SKELETONS } from "./skeletons.js";

/** The most points a skeleton has, over all digits: room for a writer's habits. */
const MOST_POINTS = Math.max(
  ...SKELETONS.flat().map((skeleton) =>
    skeleton.strokes.reduce((sum, stroke) => sum + stroke.length, 0),
  ),
);

/** What stays the same in all that one person writes. */
export interface Writer {
  /** Horizontal shift for each unit of height; positive leans to the right. */
  readonly slant: number;
  /** Width of the digits for their height; 1 is the skeletons' own. */
  readonly aspect: number;
  /** Height of the digits in pixels. */
  readonly height: number;
  /** Half width of the pen in pixels. */
  readonly pen: number;
  /** Direction of a broad nib, a unit vector: across it the pen writes thicker. */
  readonly nibX: number;
  readonly nibY: number;
  /** How much thicker, 0 for a round pen. */
  readonly nibContrast: number;
  /** How much the pen's pressure changes along a stroke, 0 to 1. */
  readonly pressure: number;
  /** How far points stray from the skeleton, image by image, in box widths. */
  readonly sloppiness: number;
  /** 0 draws corners sharp, 1 rounds them completely. */
  readonly roundness: number;
  /** Pixels over which the edge of the ink fades. */
  readonly softness: number;
  /** For each digit, the skeleton this writer prefers. */
  readonly habits: readonly number[];
  /** For each digit, this writer's own displacement of the skeleton's points: x, y, x, y, … */
  readonly strays: readonly Float64Array[];
}

/** Picks one of a digit's skeletons by their weights. */
export function pickSkeleton(digit: number, random: RandomStream): number {
  const skeletons = SKELETONS[digit]!;
  const total = skeletons.reduce((sum, skeleton) => sum + skeleton.weight, 0);
  let left = random.uniform() * total;
  for (let index = 0; index < skeletons.length; index++) {
    left -= skeletons[index]!.weight;
    if (left < 0) return index;
  }
  return 0;
}

/**
 * Invents writer number `index`.
 *
 * @param purpose the random stream; training and test writers come from different ones
 */
export function inventWriter(seed: number, purpose: number, index: number): Writer {
  const random = new RandomStream(seed, purpose, index);
  // The rational circle: a unit vector without sine or cosine.
  const t = random.between(-1, 1);
  const nib = 1 / (1 + t * t);
  return {
    slant: random.bell(0.19) + 0.12,
    aspect: random.between(0.62, 1.05),
    height: random.between(16, 21),
    pen: random.between(0.85, 1.65),
    nibX: (1 - t * t) * nib,
    nibY: 2 * t * nib,
    nibContrast: random.uniform() < 0.4 ? random.between(0.1, 0.5) : 0,
    pressure: random.between(0.05, 0.4),
    sloppiness: random.between(0.015, 0.042),
    roundness: random.uniform(),
    softness: random.between(1, 1.5),
    habits: SKELETONS.map((_, digit) => pickSkeleton(digit, random)),
    strays: SKELETONS.map(() =>
      Float64Array.from({ length: 2 * MOST_POINTS }, () => random.bell(0.024)),
    ),
  };
}
