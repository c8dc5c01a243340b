import type { ModelName } from "../../../models/index.js";
import { listed } from "../../../numbers.js";
import type { EpochMetrics } from "../../../train/metrics.js";
import { studyEpochs } from "../published.js";
import type { Evidence } from "./claim.js";

/** The study's number of epochs of some models' runs, or why there are not as many. */
export type FullRuns =
  | { readonly curves: ReadonlyMap<ModelName, readonly EpochMetrics[]>; readonly missing?: never }
  | { readonly missing: string };

/** The first 300 epochs of these models' runs; later ones the study does not have. */
export function fullRuns({ runs }: Evidence, models: readonly ModelName[]): FullRuns {
  const absent = models.filter((model) => !runs.get(model)?.metrics.length);
  if (absent.length > 0) return { missing: `No run of ${listed(absent, "or")}.` };
  const short = models.filter((model) => runs.get(model)!.metrics.length < studyEpochs);
  if (short.length > 0) {
    const lengths = short.map((model) => runs.get(model)!.metrics.length);
    const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
    const epochs = least === most ? `${least}` : `${least} to ${most}`;
    return { missing: `${epochs} of ${studyEpochs} epochs (${listed(short)}).` };
  }
  const curves = models.map(
    (model) => [model, runs.get(model)!.metrics.slice(0, studyEpochs)] as const,
  );
  return { curves: new Map(curves) };
}
