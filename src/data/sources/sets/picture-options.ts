import { checkChoice, checkOptions, checkWhole, shown } from "../../../arguments.js";
import { InputError } from "../../../errors.js";
import { type Fit, fits } from "../../transforms/fit.js";

/** How a data set is read. */
export interface PictureOptions {
  /** Rows and columns that all images get. Default: those that they all have. */
  readonly size?: readonly [rows: number, columns: number];
  /** How an image of another shape gets this size: `pad` (default), `crop` or `stretch`. */
  readonly fit?: Fit;
  /** Whether colours become grey. Default: images that are all grey have one channel, others three. */
  readonly grey?: boolean;
  /** Whether files that cannot be read are left out; otherwise they are an error. */
  readonly skipUnreadable?: boolean;
  /** Only so many of the training images, of each class the same share; the same each time. Default: all. */
  readonly trainImages?: number;
}

export const pictureOptionNames = ["size", "fit", "grey", "skipUnreadable", "trainImages"] as const;

/** Largest number of rows and columns of an image. */
const mostSide = 4096;

/**
 * The options that differ from their defaults, in one order: what a run records.
 *
 * @throws InputError where one has another value
 */
export function checkedPictureOptions(where: string, options: PictureOptions): PictureOptions {
  checkOptions(where, options, pictureOptionNames);
  const { size, fit, grey, skipUnreadable, trainImages } = options;
  if (size !== undefined) {
    if (!Array.isArray(size) || size.length !== 2) {
      throw new InputError(where, "size to be rows and columns", shown(size));
    }
    for (const side of size) checkWhole(where, "each side of size", side, 1, mostSide);
  }
  if (fit !== undefined) {
    checkChoice(where, "fit", fit, fits);
    if (size === undefined) throw new InputError(where, "fit only with size", "fit alone");
  }
  for (const [name, value] of Object.entries({ grey, skipUnreadable })) {
    if (value !== undefined && typeof value !== "boolean") {
      throw new InputError(where, `${name} to be true or false`, shown(value));
    }
  }
  if (trainImages !== undefined) checkWhole(where, "trainImages", trainImages, 1);
  return {
    ...(size && { size: [size[0], size[1]] as const }),
    ...(fit && fit !== "pad" && { fit }),
    ...(grey && { grey }),
    ...(skipUnreadable && { skipUnreadable }),
    ...(trainImages !== undefined && { trainImages }),
  };
}
