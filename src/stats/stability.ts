/** How steadily a training went, by its accuracy after each epoch. */
export interface Stability {
  /** The lowest accuracy after the first third of the epochs, 0..1. */
  readonly lowest: number;
  /** The largest drop from the highest accuracy before it, 0..1, of the same epochs. */
  readonly drop: number;
  /** Whether that drop is more than 5 points: a fall, whether or not the training recovered. */
  readonly fell: boolean;
}

/** In this first fraction of its epochs a training may still rise and fall. */
const startPart = 1 / 3;
const fall = 0.05;

/**
 * Whether a training *fell*: whether, after the first third of its epochs, an accuracy was more than 5 points below the
 * highest one before it. Falls are far more frequent than collapses, so that few seeds show which recipe is steady.
 *
 * The definition is Fovea's own.
 *
 * @param accuracies 0..1, after each epoch from the first
 * @returns undefined of fewer than three epochs
 * @example
 * const { fell, lowest } = stabilityOf([0.9, 0.97, 0.98, 0.62, 0.98, 0.981]); // true, 0.62
 */
export function stabilityOf(accuracies: readonly number[]): Stability | undefined {
  const start = Math.floor(accuracies.length * startPart);
  if (start === 0) return undefined;
  let highest = Math.max(...accuracies.slice(0, start));
  let drop = 0;
  for (const accuracy of accuracies.slice(start)) {
    drop = Math.max(drop, highest - accuracy);
    highest = Math.max(highest, accuracy);
  }
  return { lowest: Math.min(...accuracies.slice(start)), drop, fell: drop > fall };
}
