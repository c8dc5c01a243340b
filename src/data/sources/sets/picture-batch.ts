import { InputError } from "../../../errors.js";
import { preparePicture, type Wanted } from "../../transforms/prepare.js";
import { decodePicture } from "../pictures/decode.js";
import type { DecodedPicture } from "../pictures/picture.js";

/** Pictures to decode: their bytes, or where a thread reads them. */
export interface PictureBatch {
  /** The place of the first one among all. */
  readonly first: number;
  readonly paths: readonly string[];
  /** Of pictures in a zip file. */
  readonly bytes?: readonly Uint8Array[];
  readonly wanted: Wanted | undefined;
  /** Rows and columns that pictures must have, where they are not brought to a size. */
  readonly size: readonly [number, number];
}

/** What was found of pictures, and had to be done. */
export interface Tally {
  /** How many are of each format, and have each size: `28×28`. */
  readonly formats: Record<string, number>;
  readonly sizes: Record<string, number>;
  deep: number;
  alpha: number;
  turned: number;
  palettes: number;
  colour: number;
}

/** Decoded pictures. */
export interface PictureResult {
  readonly first: number;
  /** Values of all pictures, one after the other. */
  readonly values: Uint8Array;
  /** Channels of each picture: 1 or 3; 0 where it has another size or cannot be read. */
  readonly channels: Uint8Array;
  readonly tally: Tally;
  /** Pictures that cannot be read, by their place in the batch. */
  readonly unreadable: readonly { readonly at: number; readonly reason: string }[];
}

/**
 * Decodes batches of pictures.
 *
 * @param next the next batch; undefined where there is none left
 * @param onResult called for each batch, in any order
 * @param total number of pictures
 * @throws the signal's reason where it was aborted
 */
export type DecodePictures = (
  next: () => Promise<PictureBatch | undefined>,
  onResult: (result: PictureResult) => void,
  total: number,
  signal?: AbortSignal,
) => Promise<void>;

/** Decodes batches of pictures on this thread. @param read gives a picture's bytes */
export function decodeInTurn(read: (path: string) => Uint8Array): DecodePictures {
  return async (next, onResult, _total, signal) => {
    for (let batch = await next(); batch !== undefined; batch = await next()) {
      signal?.throwIfAborted();
      onResult(decodeBatch(batch, read));
    }
  };
}

export function emptyTally(): Tally {
  return { formats: {}, sizes: {}, deep: 0, alpha: 0, turned: 0, palettes: 0, colour: 0 };
}

/** Adds what was found of some pictures to what was found of others. */
export function addTally(to: Tally, more: Tally): void {
  for (const field of ["formats", "sizes"] as const) {
    for (const [key, count] of Object.entries(more[field])) {
      to[field][key] = (to[field][key] ?? 0) + count;
    }
  }
  for (const field of ["deep", "alpha", "turned", "palettes", "colour"] as const) {
    to[field] += more[field];
  }
}

/** Decodes pictures. @param read gives a picture's bytes */
export function decodeBatch(
  batch: PictureBatch,
  read: (path: string) => Uint8Array,
): PictureResult {
  const { first, paths, wanted, size } = batch;
  const tally = emptyTally();
  const unreadable: { at: number; reason: string }[] = [];
  const channels = new Uint8Array(paths.length);
  const parts: Uint8Array[] = [];
  paths.forEach((path, at) => {
    try {
      const decoded = decodePicture(batch.bytes?.[at] ?? read(path), path);
      const pixels = preparePicture(decoded, wanted);
      count(tally.formats, decoded.format);
      const isSwapped = decoded.orientation > 4;
      const [rows, columns] = isSwapped
        ? [decoded.columns, decoded.rows]
        : [decoded.rows, decoded.columns];
      count(tally.sizes, `${rows}×${columns}`);
      if (decoded.bits > 8) tally.deep++;
      if (isTransparent(decoded)) tally.alpha++;
      if (decoded.orientation > 1) tally.turned++;
      if (decoded.hasPalette) tally.palettes++;
      if (pixels.channels === 3) tally.colour++;
      if (pixels.rows !== size[0] || pixels.columns !== size[1]) return;
      channels[at] = pixels.channels;
      parts.push(pixels.values);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unreadable.push({ at, reason: `expected ${error.expected}, got ${error.got}` });
    }
  });
  return { first, values: concatenated(parts), channels, tally, unreadable };
}

/** Whether something of it is transparent. Many programs write an alpha channel that is opaque throughout. */
function isTransparent({ channels, values }: DecodedPicture): boolean {
  if (channels % 2 === 1) return false;
  for (let at = channels - 1; at < values.length; at += channels) {
    if (values[at]! < 255) return true;
  }
  return false;
}

function count(of: Record<string, number>, key: string): void {
  of[key] = (of[key] ?? 0) + 1;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
