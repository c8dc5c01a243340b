import type { ModelName } from "../../../models/index.js";
import { listed } from "../../../numbers.js";
import type { EpochMetrics } from "../../../train/metrics.js";
import { studyEpochs } from "../published.js";
import type { Evidence } from "./claim.js";

/** Runs with the study's number of epochs, or the reason why they are missing. */
export type FullRuns =
  | { readonly curves: ReadonlyMap<ModelName, readonly EpochMetrics[]>; readonly missing?: never }
  | { readonly missing: string };

/** The first 300 epochs, as many as in the study, of these models' runs. */
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
