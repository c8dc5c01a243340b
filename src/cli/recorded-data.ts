import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Dataset } from "../data/dataset.js";

/** The value of `--data` that finds this data again: its folder, else its name. */
export function recordedData({ name, source }: Pick<Dataset, "name" | "source">): string {
  return existsSync(source) ? resolve(source) : name;
}
