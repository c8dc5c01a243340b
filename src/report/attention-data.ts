import type { AttentionView, ImageView, Views } from "../inspect/view-types.js";
import { type ImageCaption, imageCaption } from "./class-name.js";

/** The data of an attention figure: attention over the positions of an image, or over the images of a batch. */
export type AttentionFigureData = PositionAttentionData | BatchAttentionData;

/** An image with the model's prediction. */
export interface ShownImage
  extends Pick<ImageView, "index" | "label" | "prediction" | "probability" | "pixels">,
    ImageCaption {}

interface ShownModel {
  readonly model: string;
  /** Size of each image; its pixels are bytes, row-major, channels last. */
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** For each image, the attention from one position to all positions of that image. */
export interface PositionAttentionData extends ShownModel {
  readonly over: "positions";
  readonly images: readonly {
    readonly image: ShownImage;
    readonly maps: readonly AttentionWeights[];
  }[];
}

/** The attention from one position of an image to the same position in all images of the batch. */
export interface BatchAttentionData extends ShownModel {
  readonly over: "batch";
  /** The images that were evaluated together. */
  readonly batch: readonly ShownImage[];
  readonly images: readonly {
    /** Index in `batch`. */
    readonly own: number;
    readonly heads: readonly AttentionWeights[];
  }[];
  /** The largest multiple in the figure. */
  readonly most: number;
}

/** The attention weights of one head for one query position. */
export interface AttentionWeights {
  /** Name of the attention block. */
  readonly block: string;
  /** Counts from 1. */
  readonly head: number;
  /** Size of the block's map. */
  readonly rows: number;
  readonly columns: number;
  /** The position that attends, `row × columns + column`. */
  readonly position: number;
  /**
   * Each weight as a multiple of the even share 1 / count, `weight · count`, so that maps of different sizes
   * can be compared; uniform attention gives 1 everywhere. One value per position, row-major, or one per
   * image of the batch.
   */
  readonly multiples: readonly number[];
}

const mostImagesOverPositions = 4;
const mostImagesOverBatch = 2;

/**
 * The data of a model's attention figure.
 *
 * @param classNames By index, where the data have some.
 * @returns undefined where the views hold no attention that is finite.
 */
export function attentionData(
  model: string,
  views: Views | undefined,
  classNames?: readonly string[],
): AttentionFigureData | undefined {
  const attending = views?.images.filter(hasFiniteAttention) ?? [];
  if (!views || attending.length === 0) return undefined;
  const { channels, rows, columns } = views;
  const shared = { model, channels, rows, columns };
  const overBatch = attending[0]!.attention!.some((view) => view.over === "batch");
  if (!overBatch) {
    const images = attending.slice(0, mostImagesOverPositions).map((image) => ({
      image: shownImage(image, classNames),
      maps: image.attention!.flatMap(weightsOfHeads),
    }));
    return { ...shared, over: "positions", images };
  }
  const images = attending.slice(0, mostImagesOverBatch).map((image) => ({
    own: views.images.indexOf(image),
    heads: image.attention!.flatMap(weightsOfHeads),
  }));
  const all = images.flatMap(({ heads }) => heads.flatMap(({ multiples }) => multiples));
  return {
    ...shared,
    over: "batch",
    batch: views.images.map((image) => shownImage(image, classNames)),
    images,
    most: Math.max(...all),
  };
}

/** A training that diverged leaves weights that are NaN: they have no colour. */
function hasFiniteAttention({ attention = [] }: ImageView): boolean {
  const weights = attention.flatMap((view) => view.weights.flat());
  return weights.length > 0 && weights.every(Number.isFinite);
}

function shownImage(image: ImageView, classNames: readonly string[] | undefined): ShownImage {
  const { index, label, prediction, probability, pixels } = image;
  const caption = imageCaption(image, classNames);
  return { index, label, prediction, probability, pixels, ...caption };
}

function weightsOfHeads({
  block,
  rows,
  columns,
  place: position,
  weights,
}: AttentionView): AttentionWeights[] {
  return weights.map((head, index) => ({
    block,
    head: index + 1,
    rows,
    columns,
    position,
    multiples: head.map((weight) => weight * head.length),
  }));
}
