import { readdirSync } from "node:fs";
import { InputError } from "../errors.js";
import { createDatedFolder, createFolder } from "../runs/run-folder.node.js";

/** Where runs go when `--out` does not say. */
const parent = "runs";

/**
 * Checks that there is a place to write to, before anything long begins.
 *
 * @param out the folder of `--out`, which must be new or empty
 * @throws InputError where it cannot be written or holds something
 */
export function checkOutput(where: string, out: string | undefined): void {
  createFolder(out ?? parent);
  if (out !== undefined && readdirSync(out).length > 0) {
    throw new InputError(where, "--out to be a new or empty folder (--resume goes on)", out);
  }
}

/** The folder of `--out`, else a new one in `runs/` with the date and this name. */
export function outputFolder(out: string | undefined, name: string): string {
  return out ?? createDatedFolder(parent, name);
}
