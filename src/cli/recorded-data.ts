import { existsSync } from "node:fs";
import type { RunRecord } from "../runs/record.js";

/** The value of `--data` that finds the data of a run again: its folder, else its name. */
export function recordedData({ name, source }: RunRecord["data"]): string {
  return existsSync(source) ? source : name;
}
