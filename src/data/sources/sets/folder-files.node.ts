import { readdirSync, realpathSync, statSync } from "node:fs";
import { InputError } from "../../../errors.js";
import { fileError, fileProblem } from "../../../files/file-problem.js";
import { readDataFile } from "../../read-data-file.node.js";
import type { NamedFile, NamedFiles } from "./named-files.js";

/** Deeper folders are not looked into, nor are more files listed. */
const deepest = 8;
const mostFiles = 2_000_000;

/**
 * The files of a folder and of those inside it, by name. Hidden files, and what systems leave behind, do not count.
 *
 * @throws InputError where the folder cannot be read, or has too many files
 */
export function listFolder(root: string): NamedFiles {
  const files: NamedFile[] = [];
  const visit = (folder: string, prefix: string, above: readonly string[]): void => {
    const depth = above.length;
    const real = realPath(folder);
    // A link to a folder around it: its pictures would be found again and again, in classes that are not theirs.
    if (above.includes(real)) {
      throw new InputError(folder, "no link to a folder that it lies in", `a link to ${real}`);
    }
    for (const { name } of entriesOf(folder, depth === 0).filter(({ name }) => !isHidden(name))) {
      const path = `${folder}/${name}`;
      const found = statOf(path);
      if (found?.isDirectory() && depth < deepest) {
        visit(path, `${prefix}${name}/`, [...above, real]);
      }
      if (!found?.isFile()) continue;
      files.push({ name: `${prefix}${name}`, path, size: found.size, changed: found.mtimeMs });
      if (files.length > mostFiles) {
        throw new InputError(root, `a folder of at most ${mostFiles} files`, "more");
      }
    }
  };
  visit(root, "", []);
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { root, files, onDisk: true, read: async ({ path }) => readDataFile(path) };
}

function isHidden(name: string): boolean {
  return name.startsWith(".") || name === "__MACOSX" || name === "Thumbs.db";
}

function entriesOf(folder: string, isRoot: boolean) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isRoot || fileProblem(error) === undefined) {
      throw fileError(folder, "a folder that can be read", error);
    }
    throw new InputError(folder, "a folder that can be read", fileProblem(error)!);
  }
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    throw fileError(folder, "a folder that can be read", error);
  }
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    // A link to nothing.
    if (fileProblem(error) === undefined) throw error;
    return undefined;
  }
}
