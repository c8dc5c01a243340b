import { readdirSync } from "node:fs";
import { join } from "node:path";
import { decodePicture, isPictureName } from "../data/sources/pictures/decode.js";
import type { Pixels } from "../data/transforms/pixels.js";
import { preparePicture } from "../data/transforms/prepare.js";
import { InputError } from "../errors.js";
import { isFolder } from "../files/folders.node.js";
import { readBytes } from "../files/read-file.node.js";

/** A larger file is no picture that is read, bytes. */
const mostBytes = 512 * 2 ** 20;

/** Stands for standard input. */
export const standardInput = "-";

/**
 * The picture files that arguments mean: files as they are, of folders all pictures in them and in the folders below, in
 * the order of their names.
 *
 * @throws InputError where a folder has none, or standard input is asked for twice
 */
export function pictureFiles(where: string, given: readonly string[]): string[] {
  if (given.filter((path) => path === standardInput).length > 1) {
    throw new InputError(where, "standard input (-) once", "twice");
  }
  return given.flatMap((path) => {
    if (path === standardInput || !isFolder(path)) return [path];
    const found = readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter(isPictureName)
      .sort()
      .map((name) => join(path, name))
      .filter((file) => !isFolder(file));
    if (found.length > 0) return found;
    throw new InputError(path, "a folder with pictures (PNG, JPEG, BMP, PGM, PPM)", "none");
  });
}

/** The pictures of files, each read when it is asked for; upright, and without alpha. */
export function* readPictures(files: readonly string[], stdin: Uint8Array): Iterable<Pixels> {
  for (const file of files) yield readPicture(file, stdin);
}

/**
 * As {@link readPictures}, but a file that cannot be read as a picture is passed over.
 *
 * @param onUnreadable called with it and what is wrong
 */
export function* readablePictures(
  files: readonly string[],
  stdin: Uint8Array,
  onUnreadable: (file: string, problem: InputError) => void,
): Iterable<Pixels> {
  for (const file of files) {
    let picture: Pixels;
    try {
      picture = readPicture(file, stdin);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      onUnreadable(file, error);
      continue;
    }
    yield picture;
  }
}

function readPicture(file: string, stdin: Uint8Array): Pixels {
  const bytes = file === standardInput ? stdin : readBytes(file, "a picture", mostBytes);
  const name = file === standardInput ? "standard input" : file;
  return preparePicture(decodePicture(bytes, name));
}

/**
 * All bytes of standard input.
 *
 * @throws InputError where they are more than a picture has
 */
export async function readStandardInput(): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of process.stdin) {
    size += part.length;
    if (size > mostBytes) {
      throw new InputError("standard input", "a picture of at most 512 MiB", "more");
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
