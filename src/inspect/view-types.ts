/** How one place of an image looks at others, from one attention block. */
export interface AttentionView {
  /** Name of the block: `vit1`, `vit2`. */
  readonly block: string;
  /** What the place attends to: the places of its own image, or the same place in the batch's other images. */
  readonly over: "places" | "batch";
  /** Size of the map that the block works on. */
  readonly rows: number;
  readonly columns: number;
  /** The chosen place, `row × columns + column`. */
  readonly place: number;
  /**
   * One list a head, summing to 1: a weight a place (`rows × columns`, row-major) for `places`, a
   * weight an image of `Views.images`, in that order, for `batch`.
   */
  readonly weights: readonly (readonly number[])[];
}

/** What a trained model does with one test image. */
export interface ImageView {
  /** Index in the test set. */
  readonly index: number;
  readonly label: number;
  /** −1 where the model's result is not finite. */
  readonly prediction: number;
  /** Probability of the prediction, 0..1. */
  readonly probability: number;
  /** Bytes 0..255, row-major, channels last. */
  readonly pixels: readonly number[];
  /** The transformer's output as bytes, same layout; only where the model has a transformer. */
  readonly warped?: readonly number[];
  /**
   * The six numbers of the affine map from output to input coordinates, row-major 2×3:
   * `x_in = θ0·x + θ1·y + θ2`, `y_in = θ3·x + θ4·y + θ5`, both in −1..1 across the image.
   */
  readonly theta?: readonly number[];
  /** One entry an attention block, only where the model has one. */
  readonly attention?: readonly AttentionView[];
}

/** A few test images as one trained model sees them; the content of a run's `views.json`. */
export interface Views {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** Evaluated together as one batch, in this order. */
  readonly images: readonly ImageView[];
}
