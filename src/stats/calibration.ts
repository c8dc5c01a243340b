/** The probabilities of some classes for some images, and the true classes. */
export interface ScoredImages {
  /** Logarithms of the probabilities, `images × classes`. */
  readonly logProbabilities: Float32Array;
  readonly classes: number;
  /** The class of each image. */
  readonly labels: ArrayLike<number>;
}

/** A bin of a reliability diagram: the images whose confidence lies in one part of 0..1. */
export interface ConfidenceBin {
  readonly images: number;
  /** Mean confidence of its images; 0 where there are none. */
  readonly confidence: number;
  /** Share of its images that are classified correctly; 0 where there are none. */
  readonly accuracy: number;
}

/** Bins of equal width, as Guo et al. use. */
export const calibrationBins = 15;

/** Temperatures that a fit may give; where every image is classified correctly, colder is always better. */
const coldest = 0.05;
const hottest = 20;

/**
 * Sorts images by their confidence into 15 bins of equal width: bin m has the confidences in ((m − 1)/15, m/15].
 *
 * @param confidences probability of the predicted class, 0..1; an image with NaN has no prediction and is left out
 * @param isCorrect whether an image is classified correctly, by its index
 */
export function confidenceBins(
  confidences: ArrayLike<number>,
  isCorrect: (image: number) => boolean,
): ConfidenceBin[] {
  const bins = Array.from({ length: calibrationBins }, () => ({ images: 0, sum: 0, correct: 0 }));
  for (let image = 0; image < confidences.length; image++) {
    const confidence = confidences[image]!;
    if (Number.isNaN(confidence)) continue;
    const at = Math.min(Math.max(Math.ceil(confidence * calibrationBins), 1), calibrationBins);
    const bin = bins[at - 1]!;
    bin.images++;
    bin.sum += confidence;
    if (isCorrect(image)) bin.correct++;
  }
  return bins.map(({ images, sum, correct }) => ({
    images,
    confidence: images === 0 ? 0 : sum / images,
    accuracy: images === 0 ? 0 : correct / images,
  }));
}

/**
 * Expected calibration error, `Σ (images of the bin / all images) · |accuracy − confidence|`, 0..1 (Guo et al., On
 * Calibration of Modern Neural Networks, ICML 2017, equation 3). NaN without images.
 */
export function calibrationError(bins: readonly ConfidenceBin[]): number {
  const total = bins.reduce((sum, { images }) => sum + images, 0);
  if (total === 0) return Number.NaN;
  return bins.reduce(
    (sum, { images, accuracy, confidence }) =>
      sum + (images / total) * Math.abs(accuracy - confidence),
    0,
  );
}

/**
 * Divides log-probabilities by a temperature: `p = softmax(log p / T)`. Above 1 all probabilities come closer to
 * each other; the order of the classes stays.
 *
 * @returns the logarithms of the new probabilities, which may be written to the same array
 */
export function withTemperature(
  logProbabilities: ArrayLike<number>,
  temperature: number,
): Float64Array {
  const scaled = Float64Array.from(logProbabilities, (value) => value / temperature);
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of scaled) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of scaled) sum += Math.exp(value - largest);
  const logSum = largest + Math.log(sum);
  return scaled.map((value) => value - logSum);
}

/**
 * The temperature with the lowest mean negative log-likelihood of the labels, 0.05..20. With β = 1 / T and z the
 * log-probabilities,
 *
 * `L(β) = mean(log Σ exp(β z) − β z_label)`, `L′ = mean(E[z] − z_label)`, `L″ = mean(Var[z]) ≥ 0`,
 *
 * so L is convex, and Newton's steps within a bracket that shrinks find its minimum. Images with a NaN, or whose label
 * has probability 0, are left out. 1 where no image is left.
 */
export function fitTemperature(scored: ScoredImages): number {
  const images = usableImages(scored);
  if (images.length === 0) return 1;
  let low = 1 / hottest;
  let high = 1 / coldest;
  let beta = 1;
  for (let step = 0; step < 60 && high - low > 1e-9; step++) {
    const { slope, curvature } = derivatives(scored, images, beta);
    if (slope > 0) high = beta;
    else low = beta;
    const newton = beta - slope / curvature;
    const isInside = newton > low && newton < high;
    const next = isInside ? newton : (low + high) / 2;
    if (Math.abs(next - beta) < 1e-10) break;
    beta = next;
  }
  return 1 / beta;
}

/** Mean negative log-likelihood of the labels at a temperature, nats; NaN where it is NaN for any image. */
export function lossAt(
  { logProbabilities, classes, labels }: ScoredImages,
  temperature: number,
): number {
  let sum = 0;
  for (let image = 0; image < labels.length; image++) {
    const row = logProbabilities.subarray(image * classes, (image + 1) * classes);
    sum -= withTemperature(row, temperature)[labels[image]!]!;
  }
  return sum / labels.length;
}

/** The highest probability of each image at a temperature; NaN where a probability is NaN. */
export function confidencesAt(
  { logProbabilities, classes }: Omit<ScoredImages, "labels">,
  temperature: number,
): Float32Array {
  const count = logProbabilities.length / classes;
  return Float32Array.from({ length: count }, (_, image) => {
    const row = logProbabilities.subarray(image * classes, (image + 1) * classes);
    return row.some(Number.isNaN)
      ? Number.NaN
      : Math.exp(Math.max(...withTemperature(row, temperature)));
  });
}

function usableImages({ logProbabilities, classes, labels }: ScoredImages): number[] {
  return Array.from(labels, (_, image) => image).filter((image) => {
    const row = logProbabilities.subarray(image * classes, (image + 1) * classes);
    return !row.some(Number.isNaN) && Number.isFinite(row[labels[image]!]!);
  });
}

function derivatives(
  { logProbabilities, classes, labels }: ScoredImages,
  images: readonly number[],
  beta: number,
): { slope: number; curvature: number } {
  let slope = 0;
  let curvature = 0;
  for (const image of images) {
    const first = image * classes;
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < classes; at++) {
      largest = Math.max(largest, beta * logProbabilities[first + at]!);
    }
    let sum = 0;
    let mean = 0;
    let square = 0;
    for (let at = 0; at < classes; at++) {
      const z = logProbabilities[first + at]!;
      // A probability of 0 stays 0 at every temperature.
      if (z === Number.NEGATIVE_INFINITY) continue;
      const weight = Math.exp(beta * z - largest);
      sum += weight;
      mean += weight * z;
      square += weight * z * z;
    }
    mean /= sum;
    slope += mean - logProbabilities[first + labels[image]!]!;
    curvature += square / sum - mean * mean;
  }
  return { slope: slope / images.length, curvature: curvature / images.length };
}
