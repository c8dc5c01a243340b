import { InputError } from "../../../errors.js";

/** Images and labels as a source holds them, before they are a data set. */
export interface RawSet {
  readonly count: number;
  /** `count × rows × columns × channels`, channels last. */
  readonly images: Uint8Array;
  readonly labels: ArrayLike<number>;
}

/** The parts of a source. */
export interface RawSets {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly train: RawSet;
  readonly validation?: RawSet;
  readonly test?: RawSet;
  /** By label, where the source says them. */
  readonly classNames?: readonly string[];
  /** What was done to read it, a line each. */
  readonly done: readonly string[];
}

/** Images of a data set, 1 GiB: they lie in memory while a network trains. */
const MOST_IMAGE_BYTES = 1024 * 1024 * 1024;

/** Refuses more images than fit into memory, before anything is allocated for them. */
export function checkImageBytes(where: string, count: number, imageSize: number): void {
  const bytes = BigInt(count) * BigInt(imageSize);
  if (bytes <= BigInt(MOST_IMAGE_BYTES)) return;
  const expected = "at most 1 GiB of images (a smaller size makes them fit)";
  throw new InputError(where, expected, `${count} images of ${imageSize} bytes`);
}
