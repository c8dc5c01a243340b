import { existsSync } from "node:fs";
import { InputError } from "../errors.js";
import { readBytes } from "../files/read-file.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import type { Views } from "../inspect/view-types.js";
import { sha256 } from "../sha256.js";
import { formatJson } from "./json.js";
import { parseViews } from "./views-codec.js";

/** A larger `views.json` is refused, bytes: ten images of 3 × 224 × 224 have some 30 MB. */
const mostBytes = 64 * 2 ** 20;

/**
 * Writes a run's `views.json`.
 *
 * @returns the SHA-256 of its bytes
 */
export function writeViews(path: string, views: Views): string {
  const bytes = new TextEncoder().encode(formatJson(views));
  writeAtomically(path, bytes);
  return sha256(bytes);
}

/**
 * Reads a run's `views.json`; undefined where the run has none yet.
 *
 * @param digest SHA-256 of its bytes, where it is known
 * @throws InputError where it is not as it must be
 */
export function readViews(path: string, digest?: string): Views | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readBytes(path, "a run's views", mostBytes);
  const got = sha256(bytes);
  if (digest !== undefined && got !== digest) {
    const expected = `the file with SHA-256 ${digest.slice(0, 12)}, as in run.json`;
    throw new InputError(path, expected, got.slice(0, 12));
  }
  return parseViews(new TextDecoder().decode(bytes), path);
}
