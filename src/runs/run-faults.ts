import { mostOutside, viewsOutside } from "../inspect/outside.js";
import type { Views } from "../inspect/view-types.js";
import { percent } from "../numbers.js";
import { type Collapse, collapseOf } from "../train/collapse.js";
import type { EpochMetrics } from "../train/metrics.js";
import type { RunRecord } from "./record-codec.js";

/** What went wrong in a training, so that its figures are no figures of its model. */
export interface RunFault {
  /** `collapsed` to its end; `fell` and recovered; or its transformer looks `outside` the image. */
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
  const { classes, testCount: images, largestClass } = record.data;
  const collapse = collapseOf(
    metrics,
    { classes, images, ...(largestClass !== undefined && { largestClass }) },
    record.spec.recipe.epochs,
  );
  const outside = views && viewsOutside(views);
  return [
    ...(collapse ? [collapseFault(collapse, metrics)] : []),
    ...(outside !== undefined && outside > mostOutside ? [outsideFault(outside)] : []),
  ];
}

/** A collapse in words. */
export function collapseFault(
  { epoch, until, why }: Collapse,
  metrics: readonly EpochMetrics[],
): RunFault {
  const state = why === "loss" ? "a loss that is not finite" : "an accuracy near chance";
  if (until !== undefined) {
    const epochs = epoch === until ? `epoch ${epoch}` : `epochs ${epoch} to ${until}`;
    return { kind: "fell", text: `fell in ${epochs}, with ${state}, and recovered` };
  }
  const last = metrics.at(-1)!;
  const end = `${percent(last.validationAccuracy)} % after epoch ${last.epoch}, the last`;
  const from = epoch === 1 ? "from the start" : `in epoch ${epoch}`;
  return { kind: "collapsed", text: `collapsed ${from}, with ${state}: ${end}` };
}

function outsideFault(part: number): RunFault {
  const text = `has a transformer that looks beside the image: ${percent(part, 0)} % of its sample points lie outside`;
  return { kind: "outside", text };
}
