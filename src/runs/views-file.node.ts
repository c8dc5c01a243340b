import { existsSync } from "node:fs";
import type { Views } from "../inspect/view-types.js";
import { writeJson } from "./json-file.node.js";
import { readText } from "./read-file.node.js";
import { parseViews } from "./views-codec.js";

/** Writes a run's `views.json`. */
export function writeViews(path: string, views: Views): void {
  writeJson(path, views);
}

/** Reads a run's `views.json`; undefined where the run has none yet. */
export function readViews(path: string): Views | undefined {
  return existsSync(path) ? parseViews(readText(path, "a run's views"), path) : undefined;
}
