import { mostOutside, viewsOutside } from "../inspect/outside.js";
import type { Views } from "../inspect/view-types.js";
import { percent } from "../numbers.js";
import { collapseOf, collapseText } from "../train/collapse.js";
import type { EpochMetrics } from "../train/metrics.js";
import { type RunRecord, validationCount } from "./record-codec.js";

/** What went wrong in a training, so that its figures are no figures of its model. */
export interface RunFault {
  /** `collapsed` to its end, or never rose above chance; `fell` and recovered; or its transformer looks `outside` the image. */
  readonly kind: "collapsed" | "fell" | "outside";
  /** What a sentence says of the run, without its name: `collapsed in epoch 226: …`. */
  readonly text: string;
}

/** The part of a run that its faults show in; a `Run` is one. */
export interface FaultyRun {
  readonly record: Pick<RunRecord, "spec" | "data">;
  readonly metrics: readonly EpochMetrics[];
  readonly views?: Views;
}

/** The faults of a run; none of a healthy one. */
export function runFaults({ record, metrics, views }: FaultyRun): RunFault[] {
  const { classes, largestClass } = record.data;
  const images = validationCount(record);
  const collapse = collapseOf(
    metrics,
    { classes, images, ...(largestClass !== undefined && { largestClass }) },
    record.spec.recipe.epochs,
  );
  const faults: RunFault[] = [];
  if (collapse) {
    const kind = collapse.until === undefined ? "collapsed" : "fell";
    faults.push({ kind, text: collapseText(collapse, metrics) });
  }
  const outside = views && viewsOutside(views);
  if (outside !== undefined && outside > mostOutside) faults.push(outsideFault(outside));
  return faults;
}

function outsideFault(part: number): RunFault {
  const text = `has a transformer that looks beside the image: ${percent(part, 0)} % of its sample points lie outside`;
  return { kind: "outside", text };
}
