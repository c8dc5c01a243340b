import { shown } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { InputError } from "../errors.js";
import type { Model } from "../graph/model.js";
import { withAlignCorners } from "../models/align-corners.js";

/** How images went into a network when its weights were trained, where that was not as here. */
export interface Preprocessing {
  /** Subtracted from a pixel / 255. Default: the data's; given with `std`. */
  readonly mean?: number;
  /** What the difference is divided by. Default: the data's; given with `mean`. */
  readonly std?: number;
  /**
   * `align_corners` of a spatial transformer's `affine_grid` and `grid_sample`: true was PyTorch's default before
   * version 1.3. Default: the model's.
   */
  readonly alignCorners?: boolean;
}

/** The options that a function with preprocessing takes. */
export const preprocessingOptions = ["mean", "std", "alignCorners"] as const;

/**
 * A model and data as weights from elsewhere expect them: a network's input is `(pixel / 255 − mean) / std`.
 *
 * @throws InputError where a value is none, `mean` and `std` are not given together, or the model has no spatial
 *   transformer for `alignCorners`
 */
export function preprocessed<Data extends Pick<Dataset, "mean" | "std">>(
  where: string,
  model: Model,
  data: Data,
  { mean, std, alignCorners }: Preprocessing,
): { readonly model: Model; readonly data: Data } {
  if (mean !== undefined || std !== undefined) {
    if (!Number.isFinite(mean) || !Number.isFinite(std) || std! <= 0) {
      const expected = "mean to be a number and std one above 0, given together";
      throw new InputError(where, expected, `${shown(mean)} and ${shown(std)}`);
    }
  }
  if (alignCorners !== undefined && typeof alignCorners !== "boolean") {
    throw new InputError(where, "alignCorners to be true or false", shown(alignCorners));
  }
  return {
    model: alignCorners === undefined ? model : withAlignCorners(where, model, alignCorners),
    data: mean === undefined ? data : { ...data, mean, std: std! },
  };
}

/** The preprocessing that was given; undefined where none was. */
export function givenPreprocessing({
  mean,
  std,
  alignCorners,
}: Preprocessing): Preprocessing | undefined {
  if (mean === undefined && std === undefined && alignCorners === undefined) return undefined;
  return {
    ...(mean !== undefined && { mean }),
    ...(std !== undefined && { std }),
    ...(alignCorners !== undefined && { alignCorners }),
  };
}
