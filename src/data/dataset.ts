import type { PictureOptions } from "./sources/sets/picture-options.js";

/** Images and labels as bytes, exactly as they are stored; nothing is normalised here. */
export interface ImageSet {
  /** How many images there are. */
  readonly count: number;
  /** Pixels 0..255, `count × rows × columns × channels`, channels last. */
  readonly images: Uint8Array;
  /** One class index an image, 0 .. classes − 1. */
  readonly labels: Uint8Array;
}

/** A labelled image collection, split in training and test images. */
export interface Dataset {
  /** Short name: `mnist`, `digits`. */
  readonly name: string;
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** Number of classes. */
  readonly classes: number;
  /** What the classes are called, by index; reports then write names in place of indices. */
  readonly classNames?: readonly string[];
  /** Mean of a pixel after division by 255, subtracted by the engine: for all channels, or a list with one for each. */
  readonly mean: number | readonly number[];
  /** Standard deviation of a pixel after division by 255; the engine divides by it. As `mean`. */
  readonly std: number | readonly number[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** SHA-256 (hex) over the decompressed bytes: train images, train labels, test images, test labels. */
  readonly digest: string;
  /** Where the bytes came from, for people: a folder or file, or `built in`. */
  readonly source: string;
  /** How the source was read, where that was not the default: with it the same images are found again. */
  readonly options?: PictureOptions;
}
