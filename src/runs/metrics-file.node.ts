import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import type { EpochMetrics } from "../train/metrics.js";
import { writeError } from "./file-problem.js";
import { completeLines, formatEpoch, metricsHeader, parseMetrics } from "./metrics-codec.js";
import { readText } from "./read-file.node.js";
import { writeAtomically } from "./write-atomically.node.js";

/** Creates a `metrics.csv` without epochs. */
export function createMetrics(path: string): void {
  writeAtomically(path, `${metricsHeader}\n`);
}

/** Adds an epoch's line and flushes it to the disk. */
export function appendMetrics(path: string, metrics: EpochMetrics): void {
  try {
    const file = openSync(path, "a");
    try {
      writeFileSync(file, `${formatEpoch(metrics)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw writeError(path, "a file that can be written", error);
  }
}

/**
 * Reads a `metrics.csv` as {@link parseMetrics} does. A file that is not there has no epochs.
 *
 * @throws InputError naming the file and the line
 */
export function readMetrics(path: string, validationTotal: number): EpochMetrics[] {
  return existsSync(path) ? parseMetrics(textOf(path), validationTotal, path) : [];
}

/** Removes the lines of the epochs after this one, and what a crash left of a line. */
export function trimMetrics(path: string, lastEpoch: number): void {
  const lines = existsSync(path) ? completeLines(textOf(path), path) : [];
  writeAtomically(path, `${[metricsHeader, ...lines.slice(0, lastEpoch)].join("\n")}\n`);
}

function textOf(path: string): string {
  return readText(path, "a run's metrics");
}
