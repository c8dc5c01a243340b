import { existsSync } from "node:fs";
import { readText } from "../files/read-file.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import {
  type CalibrationRecord,
  encodeCalibration,
  parseCalibration,
} from "./calibration-codec.js";
import { mostBytes } from "./json-file.node.js";

/** Writes a run's `calibration.json`. */
export function writeCalibration(path: string, record: CalibrationRecord): void {
  writeAtomically(path, encodeCalibration(record));
}

/** Reads a run's `calibration.json`; undefined where it has none. Throws as `parseCalibration`. */
export function readCalibration(path: string): CalibrationRecord | undefined {
  return existsSync(path)
    ? parseCalibration(readText(path, "a run's calibration", mostBytes), path)
    : undefined;
}
