import { InputError } from "../errors.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import { runHistories } from "./run-histories.node.js";
import type { StudyFolder } from "./study-folder.node.js";

/**
 * What the outcomes of a study's runs would be, had all of them ended after this epoch: of those that came so far, whether
 * or not they go on. So models are compared before their runs end, all by the same epoch.
 *
 * @param epoch from 1
 * @throws InputError where runs hold out images, as those say nothing of the test images before their ends, or where a run's files are not as they must be
 * @example
 * const early = outcomesAt(readStudy("runs/sweep"), 20);
 * for (const { key, result } of early.values()) console.log(key, result?.correct);
 */
export function outcomesAt(
  study: Pick<StudyFolder, "directory" | "runs">,
  epoch: number,
): Map<string, Outcome> {
  const holdsOut = study.runs.find(({ variant }) => variant.recipe.validation !== undefined);
  if (holdsOut !== undefined) {
    const expected = "runs that are validated on the test images, to compare them at an epoch";
    throw new InputError(study.directory, expected, `${holdsOut.key}, which holds out images`);
  }
  const found = new Map<string, Outcome>();
  for (const [key, history] of runHistories(study)) {
    if (history.metrics.length < epoch) continue;
    const metrics = history.metrics.slice(0, epoch);
    found.set(key, outcomeOf(key, { ...history, metrics }, epoch));
  }
  return found;
}
