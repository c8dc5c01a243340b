import { stabilityOf } from "../../stats/stability.js";
import { isBad, type ReportedRun, type ReportedStudy } from "./reported-study.js";

/** With fewer images to validate on, a difference between 90 and 95 % is within their noise, and a fall says nothing. */
const fewestImages = 250;

/** A run whose curve is known. */
export interface StabilityPoint {
  readonly seed: number;
  /** The lowest accuracy after the first third of the epochs, percent. */
  readonly value: number;
  readonly fell: boolean;
}

/** The runs of a model that came to their ends, and how steadily they went. */
export interface ModelStability {
  readonly model: string;
  readonly runs: number;
  readonly collapsed: number;
  readonly points: readonly StabilityPoint[];
  /** How many of the points fell. */
  readonly fell: number;
}

export interface StabilityData {
  readonly models: readonly ModelStability[];
}

/** How steadily runs went; undefined where none collapsed or fell. */
export function stabilityData({
  comparison,
  runs,
}: Pick<ReportedStudy, "comparison" | "runs">): StabilityData | undefined {
  const models = comparison.models.map(({ model }) =>
    stabilityOfModel(
      model,
      runs.filter((run) => run.model === model),
    ),
  );
  return models.some(({ collapsed, fell }) => collapsed + fell > 0) ? { models } : undefined;
}

function stabilityOfModel(model: string, runs: readonly ReportedRun[]): ModelStability {
  const ended = runs.filter((run) => run.ending === "done" || isBad(run));
  const points = ended.flatMap(({ seed, curve, validationImages = fewestImages }) => {
    if (validationImages < fewestImages) return [];
    const found = stabilityOf(curve);
    return found ? [{ seed, value: 100 * found.lowest, fell: found.fell }] : [];
  });
  return {
    ...{ model, runs: ended.length, collapsed: ended.filter(isBad).length, points },
    fell: points.filter(({ fell }) => fell).length,
  };
}
