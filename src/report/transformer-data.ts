import type { ImageView, Views } from "../inspect/view-types.js";
import { type ImageCaption, imageCaption } from "./class-name.js";
import { type PixelPoint, sampledQuadrilateral } from "./quadrilateral.js";
import { warpWords } from "./warp-words.js";

/** Test images before and after a model's spatial transformer. */
export interface WarpStripData {
  readonly model: string;
  /** Size of each image; its pixels are bytes, row-major, channels last. */
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly images: readonly WarpedImage[];
}

export interface WarpedImage
  extends Pick<ImageView, "index" | "label" | "prediction" | "probability" | "pixels">,
    ImageCaption {
  /** The transformer's output, in the layout of `pixels`. */
  readonly warped: readonly number[];
  /** The affine map from output to input coordinates, see {@link ImageView.theta}. */
  readonly theta: readonly number[];
  /**
   * Corners of the sampled quadrilateral in input pixels: those of the output from the top left, clockwise.
   * Empty where theta is not finite.
   */
  readonly corners: readonly PixelPoint[];
  /** The effect of theta on the image in words: `turned 12° clockwise`, `enlarged 1.30×`. */
  readonly words: readonly string[];
}

const mostImages = 12;

/**
 * The data of a model's transformer figure.
 *
 * @param classNames By index, where the data have some.
 * @returns undefined where the views hold no transformer.
 */
export function warpStripData(
  model: string,
  views: Views | undefined,
  classNames?: readonly string[],
): WarpStripData | undefined {
  const images = views?.images.flatMap((image) => warpedImage(image, views, classNames)) ?? [];
  if (!views || images.length === 0) return undefined;
  const { channels, rows, columns } = views;
  return { model, channels, rows, columns, images: images.slice(0, mostImages) };
}

/** The image with its warp; empty where it was not warped. */
function warpedImage(
  image: ImageView,
  { rows, columns }: Views,
  classNames: readonly string[] | undefined,
): WarpedImage[] {
  const { index, label, prediction, probability, pixels, warped, theta } = image;
  if (!theta || !warped) return [];
  const finite = theta.every(Number.isFinite);
  const corners = finite ? sampledQuadrilateral(theta, rows, columns) : [];
  const words = warpWords(theta, rows, columns);
  const caption = imageCaption(image, classNames);
  return [
    { index, label, prediction, probability, pixels, ...caption, warped, theta, corners, words },
  ];
}
