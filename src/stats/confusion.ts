/** How often each class was taken for each. */
export interface Confusion {
  readonly classes: number;
  /** Images by their class and the class that was predicted, `label × classes + predicted`. */
  readonly counts: Uint32Array;
  /** Images of each class without a prediction. */
  readonly without: Uint32Array;
}

/** How well one class is recognised. */
export interface ClassScore {
  /** Images of the class. */
  readonly images: number;
  /** Images that were taken for it. */
  readonly predicted: number;
  /** Share of its images that are recognised; NaN without images. */
  readonly recall: number;
  /** Share of the images taken for it that are of it; NaN where there are none. */
  readonly precision: number;
  /** Harmonic mean of the two, `2pr / (p + r)`; NaN where one is, 0 where both are. */
  readonly f1: number;
  /** The class that its images are most often taken for by mistake; undefined where there is none. */
  readonly confusedWith?: { readonly index: number; readonly images: number };
}

/**
 * Counts labels and predictions.
 *
 * @param confidences NaN where an image has no prediction
 */
export function confusionOf(
  classes: number,
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  confidences: ArrayLike<number>,
): Confusion {
  const counts = new Uint32Array(classes * classes);
  const without = new Uint32Array(classes);
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    if (Number.isNaN(confidences[image]!)) without[label]!++;
    else counts[label * classes + predicted[image]!]!++;
  }
  return { classes, counts, without };
}

/** The scores of all classes. An image without a prediction counts as not recognised. */
export function classScoresOf({ classes, counts, without }: Confusion): ClassScore[] {
  return Array.from({ length: classes }, (_, index) => {
    const row = counts.subarray(index * classes, (index + 1) * classes);
    const images = row.reduce((sum, count) => sum + count, without[index]!);
    let predicted = 0;
    for (let label = 0; label < classes; label++) predicted += counts[label * classes + index]!;
    const correct = row[index]!;
    const recall = correct / images;
    const precision = correct / predicted;
    const f1 = correct === 0 ? 0 * (precision + recall) : (2 * correct) / (images + predicted);
    const most = mostConfused(row, index);
    return { images, predicted, recall, precision, f1, ...(most && { confusedWith: most }) };
  });
}

function mostConfused(row: Uint32Array, own: number): ClassScore["confusedWith"] {
  let found: ClassScore["confusedWith"];
  row.forEach((images, index) => {
    if (index !== own && images > (found?.images ?? 0)) found = { index, images };
  });
  return found;
}
