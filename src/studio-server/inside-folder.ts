import { lstatSync, realpathSync, type Stats } from "node:fs";
import { join, sep } from "node:path";

/**
 * The place of a path of the page's inside a folder: without `..`, empty parts, other separators, and without any
 * symbolic link below the folder, as links may lead out of it.
 *
 * @param root the folder, free of links itself (`realpathSync`)
 * @param path with `/`; empty for the folder itself
 * @returns undefined where there is no such file or folder, or the path is none of these
 */
export function placeInside(root: string, path: string): string | undefined {
  const parts = path === "" ? [] : path.split("/");
  const isPlain = parts.every(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    (part) => part !== "" && part !== "." && part !== ".." && !/[\\\u0000-\u001f]/.test(part),
  );
  if (!isPlain) return undefined;
  const place = parts.length === 0 ? root : [root, ...parts].join(sep);
  try {
    return realpathSync(place) === place ? place : undefined;
  } catch {
    return undefined;
  }
}

/** A file of a folder that is a file itself, not a link; undefined where there is none. */
export function plainFile(folder: string, name: string): Stats | undefined {
  try {
    const found = lstatSync(join(folder, name));
    return found.isFile() ? found : undefined;
  } catch {
    return undefined;
  }
}
