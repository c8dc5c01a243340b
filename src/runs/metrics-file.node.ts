import { existsSync } from "node:fs";
import { readText } from "../files/read-file.node.js";
import { appendTo, writeAtomically } from "../files/write-file.node.js";
import { completeLines, metricsText } from "./metrics-codec.js";

/** A larger `metrics.csv` is refused, bytes: 100,000 epochs have some 10 MB. */
const mostBytes = 64 * 2 ** 20;

/** Writes a `metrics.csv` with these lines of epochs. */
export function writeMetrics(path: string, lines: readonly string[]): void {
  writeAtomically(path, metricsText(lines));
}

/**
 * Adds an epoch's line and flushes it to the disk.
 *
 * @param before the lines that are in the file
 * @throws InputError where the file has another length than those have, or cannot be written
 */
export function appendMetrics(path: string, line: string, before: readonly string[]): void {
  appendTo(path, `${line}\n`, new TextEncoder().encode(metricsText(before)).length);
}

/**
 * Reads the lines of epochs as {@link completeLines} does. A file that is not there has none.
 *
 * @throws InputError where it cannot be read, or has another header
 */
export function readLines(path: string): string[] {
  return existsSync(path) ? completeLines(readMetricsText(path), path) : [];
}

/** Reads a `metrics.csv` as text, unchecked. */
export function readMetricsText(path: string): string {
  return readText(path, "a run's metrics", mostBytes);
}
