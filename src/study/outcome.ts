import { z } from "zod";
import { type RunRecord, validationCount } from "../runs/record-codec.js";
import { runFaults } from "../runs/run-faults.js";
import { heldOutOf } from "../runs/run-spec.js";
import { bestEpoch } from "../train/best-epoch.js";
import { collapseOf } from "../train/collapse.js";
import type { EpochMetrics } from "../train/metrics.js";

/**
 * How a run ended:
 * - `done`: with a figure of its model;
 * - `collapsed`: no better than guessing; `diverged`: with a loss that is not finite. Its accuracy counts as any other;
 * - `failed`: an error ended it, and there is no accuracy;
 * - `pruned`: its search stopped it, and the test images were not looked at.
 */
export const outcomeKinds = ["done", "collapsed", "diverged", "failed", "pruned"] as const;

/** How a run ended. */
export type OutcomeKind = (typeof outcomeKinds)[number];

/**
 * Which accuracy a run is judged by: on the test images, by the weights that are best on training images held out; or by
 * the last epoch, where epochs are validated on the test images. The best epoch on the test images is never taken: it
 * is chosen by what it is then judged by.
 */
export const selections = ["held out", "last epoch"] as const;

/** Which epoch of a run its accuracy is of. */
export type Selection = (typeof selections)[number];

const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256");
const count = z.int().nonnegative();

export const outcomeSchema = z.strictObject({
  format: z.literal(1),
  key: z.string(),
  outcome: z.enum(outcomeKinds),
  /** What went wrong, in a line for people. */
  reason: z.string().optional(),
  /** Of a run that was pruned: after which epoch, and what its best weights so far make of the images held out. */
  pruned: z
    .strictObject({ epochs: z.int().positive(), correct: count, total: z.int().positive() })
    .optional(),
  /** Of a run that came to its end. */
  result: z
    .strictObject({
      /** The digest of its spec. */
      spec: digest,
      epochs: count,
      selection: z.enum(selections),
      /** Test images that were classified correctly, of all. */
      correct: count,
      total: z.int().positive(),
    })
    .optional(),
});

/** How a run of a study ended. Equal runs give equal outcomes: it says nothing of times and machines. */
export interface Outcome extends z.infer<typeof outcomeSchema> {}

/** The part of a run that decides its outcome. */
export interface EndedRun {
  readonly record: RunRecord;
  readonly metrics: readonly EpochMetrics[];
}

/**
 * The outcome of a run whose training is done.
 *
 * @param planned its epochs; default: those of its recipe
 */
export function outcomeOf(
  key: string,
  run: EndedRun,
  planned = run.record.spec.recipe.epochs,
): Outcome {
  return {
    format: 1,
    key,
    outcome: kindOf(run, planned),
    ...reasonOf(run),
    result: {
      spec: run.record.digest,
      epochs: run.metrics.length,
      ...scoreOf(run),
    },
  };
}

/** The outcome of a run that its search stopped after some epochs. */
export function prunedOutcome(key: string, run: EndedRun): Outcome {
  const { validationCorrect, validationTotal } = bestEpoch(run.metrics)!;
  return {
    format: 1,
    key,
    outcome: "pruned",
    ...reasonOf(run),
    pruned: { epochs: run.metrics.length, correct: validationCorrect, total: validationTotal },
  };
}

/** The outcome of a run that an error ended. */
export function failedOutcome(key: string, error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : String(error);
  return { format: 1, key, outcome: "failed", reason: reason.split("\n")[0]! };
}

/** What a run is judged by. */
export function scoreOf({ record, metrics }: EndedRun): {
  readonly selection: Selection;
  readonly correct: number;
  readonly total: number;
} {
  if (heldOutOf(record.spec) !== undefined) {
    const { correct, total } = record.test!;
    return { selection: "held out", correct, total };
  }
  const last = metrics.at(-1)!;
  return {
    selection: "last epoch",
    correct: last.validationCorrect,
    total: last.validationTotal,
  };
}

/** What went wrong in a training, where something did. */
function reasonOf(run: EndedRun): Pick<Outcome, "reason"> {
  const faults = runFaults(run).filter(({ kind }) => kind !== "outside");
  return faults.length > 0 ? { reason: faults.map(({ text }) => text).join("; ") } : {};
}

function kindOf({ record, metrics }: EndedRun, planned: number): OutcomeKind {
  const { classes, largestClass } = record.data;
  const guessing = { classes, largestClass, images: validationCount(record) };
  const collapse = collapseOf(metrics, guessing, planned);
  if (collapse === undefined || collapse.until !== undefined) return "done";
  return collapse.why === "loss" ? "diverged" : "collapsed";
}
