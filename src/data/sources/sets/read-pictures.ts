import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { counted, thousands } from "../../../numbers.js";
import { toColour } from "../../transforms/colours.js";
import type { Fit } from "../../transforms/fit.js";
import { preparePicture, type Wanted } from "../../transforms/prepare.js";
import { decodePicture } from "../pictures/decode.js";
import { baseName, type NamedFiles } from "./named-files.js";
import {
  addTally,
  type DecodePictures,
  emptyTally,
  type PictureBatch,
  type PictureResult,
  type Tally,
} from "./picture-batch.js";
import type { Part, PictureFile, PictureNames } from "./picture-names.js";
import type { PictureOptions } from "./picture-options.js";
import { checkImageBytes, type RawSet, type RawSets } from "./raw-sets.js";

/** Pictures that a thread decodes at once. */
const batchSize = 128;
/** A batch from a zip file ends after so many bytes: 128 entries may unpack to far more than the memory holds. */
const mostBatchBytes = 32 * 1024 * 1024;
/** Files that a message names. */
const mostNamed = 3;

export interface ReadPicturesOptions {
  readonly options: PictureOptions;
  /** On all cores, or on this thread. */
  readonly decode: DecodePictures;
  /** Called as pictures are decoded. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Decodes the pictures of a folder or zip file.
 *
 * @throws InputError where pictures cannot be read, or have several sizes and none is asked for
 */
export async function readPictures(
  from: NamedFiles,
  { pictures, classNames, others }: PictureNames,
  { options, decode, onProgress, signal }: ReadPicturesOptions,
): Promise<RawSets> {
  const size = options.size ?? (await firstSize(from, pictures));
  const [rows, columns] = size;
  checkImageBytes(from.root, pictures.length, rows * columns * (options.grey ? 1 : 3));
  const wanted = wantedOf(options, size);
  const tally = emptyTally();
  const results: PictureResult[] = [];
  let decoded = 0;
  await decode(
    batches(from, pictures, wanted, size),
    (result) => {
      results.push(result);
      addTally(tally, result.tally);
      decoded += result.channels.length;
      onProgress?.(decoded, pictures.length);
    },
    pictures.length,
    signal,
  );
  results.sort((a, b) => a.first - b.first);
  const skipped = checkUnreadable(from, pictures, results, options);
  if (options.size === undefined) checkOneSize(from.root, tally);
  const channels = tally.colour > 0 ? 3 : 1;
  const part = (name: Part) => partOf(name, pictures, results, rows * columns, channels);
  const train = part("train");
  if (train === undefined) throw new InputError(from.root, "one training picture or more", "none");
  const [validation, test] = [part("validation"), part("test")];
  const done = doneLines(tally, channels, options, size);
  if (skipped > 0) done.push(`${counted(skipped, "unreadable file")} left out`);
  if (others > 0) done.push(`${counted(others, "file")} of other kinds left out`);
  return {
    ...{ rows, columns, channels, classNames, train, done },
    ...(validation && { validation }),
    ...(test && { test }),
  };
}

/** What is asked of each picture; undefined where each stays as it is. */
function wantedOf(options: PictureOptions, [rows, columns]: readonly [number, number]) {
  const { size, fit = "pad" as Fit, grey = false } = options;
  if (size === undefined && !grey) return undefined;
  // Without a size only colours change: a picture of another size is an error later on.
  return { rows, columns, fit: size === undefined ? ("own" as const) : fit, grey } satisfies Wanted;
}

/** The size of the first picture that can be read, as it is shown. */
async function firstSize(
  from: NamedFiles,
  pictures: readonly PictureFile[],
): Promise<readonly [number, number]> {
  let problem: InputError | undefined;
  for (const { file } of pictures.slice(0, batchSize)) {
    try {
      const { rows, columns } = preparePicture(decodePicture(await from.read(file), file.path));
      return [rows, columns];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problem ??= error;
    }
  }
  throw problem!;
}

function batches(
  from: NamedFiles,
  pictures: readonly PictureFile[],
  wanted: Wanted | undefined,
  size: readonly [number, number],
): () => Promise<PictureBatch | undefined> {
  let at = 0;
  const take = async (): Promise<PictureBatch | undefined> => {
    if (at >= pictures.length) return undefined;
    const first = at;
    const paths: string[] = [];
    const bytes: Uint8Array[] = [];
    for (let total = 0; total < mostBatchBytes && paths.length < batchSize; at++) {
      const file = pictures[at]?.file;
      if (file === undefined) break;
      paths.push(file.path);
      if (from.onDisk) continue;
      // A damaged entry of a zip file is an unreadable picture as any other: it has no bytes.
      const read = await from.read(file).catch(() => new Uint8Array(0));
      bytes.push(read);
      total += read.length;
    }
    return { first, paths, ...(!from.onDisk && { bytes }), wanted, size };
  };
  // Threads ask at the same time: one batch is unpacked after the other.
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(take);
    last = next.catch(() => undefined);
    return next;
  };
}

function checkUnreadable(
  { root }: NamedFiles,
  pictures: readonly PictureFile[],
  results: readonly PictureResult[],
  { skipUnreadable }: PictureOptions,
): number {
  const found = results.flatMap(({ first, unreadable }) =>
    unreadable.map(({ at, reason }) => ({ name: pictures[first + at]!.file.name, reason })),
  );
  if (found.length === 0 || skipUnreadable) return found.length;
  const named = found.slice(0, mostNamed).map(({ name, reason }) => `${excerpt(name)} (${reason})`);
  const more = found.length > mostNamed ? ` and ${thousands(found.length - mostNamed)} more` : "";
  const expected = "pictures that can be read, or to skip unreadable ones (option skipUnreadable)";
  const got = `${thousands(found.length)} that cannot: ${named.join(", ")}${more}`;
  throw new InputError(root, expected, got);
}

function checkOneSize(root: string, { sizes }: Tally): void {
  const list = Object.entries(sizes).sort((a, b) => b[1] - a[1]);
  if (list.length < 2) return;
  const named = list.slice(0, mostNamed).map(([size, count]) => `${size} (${thousands(count)})`);
  const more = list.length > mostNamed ? ` and ${list.length - mostNamed} more` : "";
  throw new InputError(
    root,
    "pictures of one size, or a size to bring them to (option size, such as 32)",
    `${list.length} sizes: ${named.join(", ")}${more}`,
  );
}

function partOf(
  part: Part,
  pictures: readonly PictureFile[],
  results: readonly PictureResult[],
  positions: number,
  channels: 1 | 3,
): RawSet | undefined {
  const isOf = (place: number) => pictures[place]!.part === part;
  let count = 0;
  for (const result of results) {
    result.channels.forEach((found, at) => {
      if (found > 0 && isOf(result.first + at)) count++;
    });
  }
  if (count === 0) return undefined;
  const images = new Uint8Array(count * positions * channels);
  const labels = new Int32Array(count);
  let to = 0;
  for (const result of results) {
    let from = 0;
    result.channels.forEach((found, at) => {
      const values = result.values.subarray(from, from + found * positions);
      from += found * positions;
      if (found === 0 || !isOf(result.first + at)) return;
      images.set(found < channels ? toColour(values) : values, to * positions * channels);
      labels[to++] = pictures[result.first + at]!.label;
    });
  }
  return { count, images, labels };
}

function doneLines(
  tally: Tally,
  channels: number,
  options: PictureOptions,
  [rows, columns]: readonly [number, number],
): string[] {
  const { formats, sizes, deep, alpha, turned, palettes, colour } = tally;
  const all = Object.values(formats).reduce((sum, count) => sum + count, 0);
  const other = all - (sizes[`${rows}×${columns}`] ?? 0);
  const kinds = Object.entries(formats).map(([format, count]) => `${thousands(count)} ${format}`);
  const colours = options.grey
    ? "grey as asked"
    : channels === 1
      ? "all grey, 1 channel"
      : `3 channels, ${thousands(colour)} in colour`;
  const lines = [`${kinds.join(", ")}; ${colours}`];
  if (other > 0) {
    const how = options.fit ?? "pad";
    lines.push(
      `${thousands(other)} pictures of other sizes brought to ${rows}×${columns} (${how})`,
    );
  }
  if (deep > 0) lines.push(`${thousands(deep)} of 16 bits rounded to 8`);
  if (alpha > 0) lines.push(`${thousands(alpha)} with transparent parts laid over white`);
  if (turned > 0) lines.push(`${thousands(turned)} turned as EXIF says`);
  if (palettes > 0) lines.push(`${thousands(palettes)} with a palette turned into colours`);
  return lines;
}

/** For messages: a folder's or a file's name. */
export function nameOf(path: string): string {
  const name = baseName(path.replaceAll("\\", "/").replace(/\/+$/, ""));
  return name.replace(/\.(zip|npz|npy|csv)(\.gz)?$/i, "") || "data";
}
