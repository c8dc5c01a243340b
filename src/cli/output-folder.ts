import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../errors.js";
import { createFolder, createParent, removeIfEmpty } from "../files/folders.node.js";
import { createDatedFolder, isUnused } from "../runs/run-folder.node.js";

/** Where runs go when `--out` does not say. */
const parent = "runs";

/** The folder of `--out`, else a new one in `runs/` with the date and this name. */
export function outputFolder(out: string | undefined, name: string): string {
  return out ?? byDefault(() => createDatedFolder(parent, name));
}

/**
 * Makes a folder that no option named.
 *
 * @throws InputError that names the option where the folder cannot be written
 */
export function byDefault<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { where, expected, got } = error;
    throw new InputError(where, `${expected} (--out names another)`, got);
  }
}

/** Where a training is to write, checked before anything long begins. */
export class OutputPlace {
  /** What was made here, the innermost first. */
  readonly #created: string[];

  /**
   * @param out the folder of `--out`, which must be new, empty or {@link isUnused}
   * @throws InputError where it cannot be written or holds something
   */
  constructor(
    where: string,
    private readonly out: string | undefined,
  ) {
    this.#created = missingFolders(out ?? parent);
    if (out === undefined) byDefault(() => createParent(parent));
    else createFolder(out);
    if (out !== undefined && !isUnused(out)) {
      throw new InputError(
        where,
        "--out to be a new or empty folder (--resume continues a run)",
        out,
      );
    }
  }

  /** The folder to write to; without `--out` a new one with the date and this name. */
  folder(name: string): string {
    const folder = outputFolder(this.out, name);
    if (this.out === undefined) this.#created.unshift(folder);
    return folder;
  }

  /** Removes what was made for nothing: an early stop or an error leaves no empty folder. */
  removeUnused(): void {
    for (const folder of this.#created) removeIfEmpty(folder);
  }
}

/** A folder and those above it that are not there yet, the innermost first. */
function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [folder, ...missingFolders(dirname(folder))];
}
