import type { EpochMetrics } from "../train/metrics.js";
import type { RunRecord, TrainingPart } from "./record-codec.js";

type Parts = RunRecord["parts"];

/**
 * The parts of a run with one more that begins now; undefined where those of before are not known.
 *
 * @param previous of a run that is resumed
 */
export function withNewPart(
  previous: Pick<RunRecord, "parts"> | undefined,
  part: Pick<TrainingPart, "firstEpoch" | "threads">,
  now = new Date(),
): Parts {
  const before = previous === undefined ? [] : previous.parts;
  return before && [...before, { ...part, started: now.toISOString() }];
}

/** The parts of a run, the last of which ends now. */
export function withEndedPart(parts: Parts, now = new Date()): Parts {
  const last = parts?.at(-1);
  return last && [...parts!.slice(0, -1), { ...last, ended: now.toISOString() }];
}

/** From when to when, milliseconds since 1970. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * When a run trained. What a killed part does not say is its end: it is its start and the seconds of its
 * epochs.
 *
 * @returns undefined where it is not known
 */
export function trainingSpans({
  record,
  metrics,
}: {
  readonly record: Pick<RunRecord, "parts">;
  readonly metrics: readonly EpochMetrics[];
}): TimeSpan[] | undefined {
  return record.parts?.map(({ firstEpoch, started, ended }, index) => {
    const from = Date.parse(started);
    if (ended !== undefined) return { from, to: Date.parse(ended) };
    const next = record.parts![index + 1]?.firstEpoch ?? Number.POSITIVE_INFINITY;
    const own = metrics.filter(({ epoch }) => epoch >= firstEpoch && epoch < next);
    return { from, to: from + own.reduce((sum, { seconds }) => sum + seconds * 1000, 0) };
  });
}
