import { largestClass } from "../data/largest-class.js";
import { counted } from "../numbers.js";
import { type Collapse, collapseOf, collapseText, nearChance } from "../train/collapse.js";
import { validatedData } from "../train/validation.js";
import type { Check } from "./check.js";
import { inPercent } from "./in-percent.js";

export interface CollapseFigures {
  readonly epochs: number;
  /** The highest accuracy that is near chance, 0..1. */
  readonly limit: number;
  /** Absent where the training did not collapse. */
  readonly collapse?: Collapse;
}

/**
 * Did the training collapse?
 *
 * Flags a history whose last epochs, or some between better ones, are near chance or have a loss that is
 * not finite; `collapseOf` has the rule. The weights of the lowest loss may be from before the collapse.
 */
export const checkCollapse: Check<CollapseFigures> = async (subject, run) => {
  const { history, heldOutImages, seed } = subject;
  const data = validatedData(subject.data, heldOutImages, seed);
  run.signal?.throwIfAborted();
  const epochs = history.length;
  if (epochs === 0) return { verdict: "not tested", text: "no history of epochs" };
  const { classes, test } = data;
  const guessing = { classes, images: test.count, largestClass: largestClass(test) };
  const collapse = collapseOf(history, guessing);
  const limit = nearChance(guessing);
  if (collapse === undefined) {
    const text = `in ${counted(epochs, "epoch")} no fall to near chance, ${inPercent(limit)} and below`;
    return { verdict: "pass", text, figures: { epochs, limit } };
  }
  const text = collapseText(collapse, history);
  return { verdict: "flag", text, figures: { epochs, limit, collapse } };
};
