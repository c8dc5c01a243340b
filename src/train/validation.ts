import { shown } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { holdOut } from "../data/split.js";
import { InputError } from "../errors.js";

/**
 * Number of training images that are held out.
 *
 * @param validation a number of images, or a share of the training images, above 0 and below 1; undefined for none
 * @throws InputError where that leaves nothing on one side
 */
export function heldOutCount(
  where: string,
  { train: { count } }: Dataset,
  validation: number | undefined,
): number | undefined {
  if (validation === undefined) return undefined;
  const isShare = validation > 0 && validation < 1;
  const images = isShare ? Math.round(validation * count) : validation;
  if (Number.isInteger(images) && images >= 1 && images < count) return images;
  const expected = `validation to be a share of the ${count} training images, above 0 and below 1, or 1..${count - 1} of them`;
  throw new InputError(where, expected, shown(validation));
}

/** The data of a training: its test images are those that epochs are validated on. */
export function validatedData(data: Dataset, heldOut: number | undefined, seed: number): Dataset {
  if (heldOut === undefined) return data;
  const { train, validation } = holdOut(data, heldOut, seed);
  return { ...data, train, test: validation };
}
