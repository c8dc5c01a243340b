import { firstImages } from "../data/subset.js";
import { type AffineParts, decompose } from "../inspect/affine-parts.js";
import { mostOutside, partOutside } from "../inspect/outside.js";
import { type Transformer, transformersOf } from "../inspect/transformer-nodes.js";
import { counted } from "../numbers.js";
import { mean, sampleDeviation } from "../stats/deviation.js";
import { quantile } from "../stats/quantiles.js";
import { type Check, type CheckRun, type Finding, type Subject, untrained } from "./check.js";
import { ImageReader } from "./image-reader.js";
import { inPercent } from "./in-percent.js";

/** The distribution of a number over the images. */
export interface Distribution {
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
  /** At 5, 25, 50, 75 and 95 %. */
  readonly quantiles: readonly [number, number, number, number, number];
}

export interface TransformerFigures {
  readonly images: number;
  /** One per number of theta, row-major. */
  readonly theta: readonly Distribution[];
  readonly parts: Readonly<Record<keyof AffineParts, Distribution>>;
  /** Fraction of an image's sample points that lie outside the image, 0..1. */
  readonly outside: Distribution;
  /** The largest |theta − identity| over all images and numbers. */
  readonly fromIdentity: number;
}

/** A transformer with no larger |theta − identity| does nothing. */
const IDENTITY_EPSILON = 0.01;
/** Where no number of theta has a larger standard deviation, the map is the same for every image. */
const CONSTANT_EPSILON = 0.001;
const IDENTITY = [1, 0, 0, 0, 1, 0];

/**
 * Does the transformer do something, and look at the image?
 *
 * Flags theta that
 * - is within 0.01 of the identity for every image: the transformer does nothing;
 * - hardly differs between images (standard deviations below 0.001);
 * - is not finite;
 * - puts on average more than half of the sample points outside the image.
 */
export const checkTransformer: Check<TransformerFigures> = async (subject, run) => {
  const [transformer] = transformersOf(subject.graph);
  if (transformer === undefined) {
    return { verdict: "not tested", text: `${subject.model.name} has no transformer` };
  }
  if (!subject.trained) return untrained;
  const { thetas, outside } = await readMaps(subject, transformer, run);
  return judge({
    images: thetas.length,
    theta: IDENTITY.map((_, at) => distribution(thetas.map((theta) => theta[at]!))),
    parts: distributions(thetas.map(decompose)),
    outside: distribution(outside),
    fromIdentity: Math.max(...thetas.flatMap((theta) => fromIdentity(theta))),
  });
};

function judge(figures: TransformerFigures): Finding<TransformerFigures> {
  const { images, theta, outside, parts } = figures;
  const shown = `over ${counted(images, "image")}`;
  const about = [
    `rotation ${range(parts.rotation, 1)} degrees`,
    `scale ${range(parts.scaleX, 2)} × ${range(parts.scaleY, 2)}`,
    `${inPercent(outside.mean, 1)} of the sample points outside the image`,
  ].join(", ");
  const flag = (what: string): Finding<TransformerFigures> => {
    return { verdict: "flag", text: `${what} ${shown}; ${about}`, figures };
  };
  if (theta.some(({ mean }) => !Number.isFinite(mean))) return flag("theta is not finite");
  if (figures.fromIdentity <= IDENTITY_EPSILON) {
    const { fromIdentity: most } = figures;
    return flag(most === 0 ? "the identity" : `the identity within ${most.toPrecision(2)}`);
  }
  if (outside.mean > mostOutside) return flag("samples mostly outside the image");
  if (theta.every(({ deviation }) => deviation < CONSTANT_EPSILON)) {
    return flag("one map for every image");
  }
  return { verdict: "pass", text: `${shown}: ${about}`, figures };
}

/** `-3.1 ± 4.0`: mean and standard deviation; a single image has no deviation. */
function range({ mean, deviation }: Distribution, digits: number): string {
  const middle = mean.toFixed(digits);
  return Number.isNaN(deviation) ? middle : `${middle} ± ${deviation.toFixed(digits)}`;
}

async function readMaps(
  subject: Subject,
  { grid, theta }: Transformer,
  run: CheckRun,
): Promise<{ thetas: number[][]; outside: number[] }> {
  const { data, images, batchSize } = subject;
  const set = firstImages(data.test, data, images);
  const reader = await ImageReader.open(subject, set, [theta, grid], batchSize, run.threads);
  const thetas: number[][] = [];
  const outside: number[] = [];
  try {
    await reader.read(run, ({ images: batch, value }) => {
      for (let slot = 0; slot < batch.length; slot++) {
        thetas.push([...value(theta, slot)]);
        outside.push(partOutside(value(grid, slot)));
      }
    });
  } finally {
    reader.close();
  }
  return { thetas, outside };
}

function fromIdentity(theta: readonly number[]): number[] {
  return theta.map((value, at) => Math.abs(value - IDENTITY[at]!));
}

function distributions(parts: readonly AffineParts[]): TransformerFigures["parts"] {
  const of = (name: keyof AffineParts) => distribution(parts.map((each) => each[name]));
  return {
    rotation: of("rotation"),
    scaleX: of("scaleX"),
    scaleY: of("scaleY"),
    shear: of("shear"),
    shiftX: of("shiftX"),
    shiftY: of("shiftY"),
  };
}

function distribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number) => quantile(sorted, part);
  return {
    mean: mean(sorted),
    deviation: sampleDeviation(sorted),
    least: sorted[0]!,
    most: sorted.at(-1)!,
    quantiles: [at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)],
  };
}
