import { counted } from "../../numbers.js";
import { formatDuration } from "./duration.js";

/** How far a study is. */
export interface StudyProgress {
  readonly ended: number;
  readonly runs: number;
  readonly running: number;
  /** Runs that ended otherwise than by their last epoch. */
  readonly bad: readonly { readonly kind: string; readonly count: number }[];
  /** Of all epochs, 0..1. */
  readonly part: number;
  /** Seconds; undefined where that is not known yet. */
  readonly left: number | undefined;
}

const barWidth = 24;

/**
 * A study in one line: how many runs have ended, and how, how many are running, and the time left. On narrow terminals the
 * least important figures are dropped.
 *
 * @param columns that there are
 */
export function studyLine(progress: StudyProgress, columns: number): string {
  const { ended, runs, running, bad, left } = progress;
  const known = bad.filter(({ count }) => count > 0);
  const each = known.map(({ kind, count }) => `${count} ${kind}`);
  const wrong = known.filter(({ kind }) => kind !== "pruned");
  const all = wrong.reduce((sum, { count }) => sum + count, 0);
  const faults = all === 0 ? [] : [`${all} wrong`];
  const time = left === undefined ? [] : [`${formatDuration(left)} left`];
  const long = [
    `${ended} of ${counted(runs, "run")} ended`,
    ...each,
    `${running} running`,
    ...time,
  ];
  const short = `${ended}/${runs}`;
  const lines = [
    `${bar(progress.part)}  ${long.join(", ")}`,
    long.join(", "),
    [`${short} ended`, ...each, `${running} running`, ...time].join(", "),
    [`${short} ended`, ...faults, ...time].join(", "),
    [short, ...time].join("  "),
  ];
  return lines.find((line) => line.length <= columns) ?? short.slice(0, columns);
}

function bar(part: number): string {
  const full = Math.round(barWidth * Math.min(1, Math.max(0, part)));
  return "█".repeat(full) + "░".repeat(barWidth - full);
}
