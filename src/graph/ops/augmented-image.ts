import { InputError } from "../../errors.js";
import type { Augmentation, ElasticOptions } from "../augmentation.js";
import { sizeOf } from "../graph.js";
import type { KernelContext, Pointer } from "./op.js";

/** Pixels of a padded image's border in each direction, as in kernels/augment-sample.ts. */
const BORDER = 3;

/** Writes the calls that load an image with random changes. */
export function emitAugmentedImage<A>(k: KernelContext<A>, augmentation: Augmentation): void {
  const [channels, rows, columns] = k.shape as [number, number, number];
  const { rotate, scale, shift, shear, projective, elastic } = augmentation;
  const { invert, noise, erase, cutout } = augmentation;
  const [to, count] = [k.output(), sizeOf(k.shape)];
  if (rotate || scale || shift || shear || projective || elastic) emitSample(k, augmentation);
  else k.call("LoadImage", { to, count });
  if (invert) k.call("AugmentInvert", { y: to, count, probability: invert });
  if (noise) k.call("AugmentNoise", { y: to, count, deviation: noise });
  if (erase) {
    const [areaLow, areaHigh] = erase.scale;
    const [ratioLow, ratioHigh] = erase.ratio;
    k.call("AugmentErase", {
      ...{ y: to, rows, columns, channels, probability: erase.probability },
      ...{ areaLow, areaHigh, ratioLow, ratioHigh },
    });
  }
  if (cutout) k.call("AugmentCutout", { y: to, rows, columns, channels, side: cutout });
}

function emitSample<A>(k: KernelContext<A>, augmentation: Augmentation): void {
  const [channels, rows, columns] = k.shape as [number, number, number];
  const { rotate = 0, scale = [1, 1], shift = 0, shear = 0, projective = 0 } = augmentation;
  const least = (Math.min(rows, columns) - 1) / 4;
  if (projective >= least && projective > 0) {
    const expected = `augment.projective to be below ${least} on images of ${rows}×${columns}`;
    throw new InputError("engine", expected, String(projective));
  }
  const map = k.scratch("augmentation map", 9);
  const bytes = (rows + BORDER) * (columns + BORDER) * channels;
  const padded = k.scratch("padded bytes", Math.ceil(bytes / 4));
  k.prologue("Zero", { to: padded, bytes });
  k.call("AugmentMap", {
    ...{ map, rows, columns, degrees: rotate, scaleLow: scale[0], scaleHigh: scale[1] },
    ...{ shift, shear, projective },
  });
  const field = augmentation.elastic
    ? emitField(k, augmentation.elastic)
    : { field: 0, fieldStride: 0, fieldPlane: 0 };
  k.call("AugmentSample", {
    ...{ to: k.output(), padded, map, rows, columns, channels },
    ...{ projective: Number(projective > 0), ...field },
  });
}

/** Displacements of the pixels. */
function emitField<A>(
  k: KernelContext<A>,
  { alpha, sigma }: ElasticOptions,
): { readonly field: Pointer; readonly fieldStride: number; readonly fieldPlane: number } {
  const [, rows, columns] = k.shape as [number, number, number];
  const radius = Math.ceil(3 * sigma);
  const stride = Math.ceil((columns + 2 * radius) / 4) * 4;
  const values = (rows + 2 * radius) * stride;
  const [noise, smooth] = [k.scratch("noise", values), k.scratch("smooth noise", values)];
  const weights = k.scratch("weights of the Gaussian", 2 * radius + 1);
  const field = k.scratch("displacements", 2 * rows * stride);
  k.prologue("Zero", { to: noise, bytes: 4 * values });
  k.prologue("Zero", { to: smooth, bytes: 4 * values });
  k.prologue("ElasticWeights", { weights, radius, sigma });
  k.call("ElasticField", {
    ...{ field, noise, smooth, weights, rows, columns, radius, stride, alpha },
  });
  return { field, fieldStride: stride, fieldPlane: rows * stride };
}
