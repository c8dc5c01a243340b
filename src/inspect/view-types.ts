/** What one position of an image attends to, in one attention block. */
export interface AttentionView {
  /** Name of the block: `vit1`, `vit2`. */
  readonly block: string;
  /** What it attends to: `places`, all positions of its image; `batch`, the same position in all images. */
  readonly over: "places" | "batch";
  /** Size of the map that the block works on. */
  readonly rows: number;
  readonly columns: number;
  /** The position, `row × columns + column`. */
  readonly place: number;
  /**
   * One list per head, which sums to 1. For `places`: a weight per position, `rows × columns`,
   * row-major. For `batch`: a weight per image, in the order of `Views.images`.
   */
  readonly weights: readonly (readonly number[])[];
}

/** What a trained model does with one test image. */
export interface ImageView {
  /** Index in the test set. */
  readonly index: number;
  readonly label: number;
  /** The class; −1 where the model's result is not finite. */
  readonly prediction: number;
  /** Probability of the prediction, 0..1. */
  readonly probability: number;
  /** Bytes 0..255, row-major, channels last. */
  readonly pixels: readonly number[];
  /** The spatial transformer's output as bytes, in the same layout; absent where the model has none, or it is not finite. */
  readonly warped?: readonly number[];
  /**
   * The six numbers of the affine map from output to input coordinates, row-major 2×3:
   * `x_in = θ0·x + θ1·y + θ2`, `y_in = θ3·x + θ4·y + θ5`, with coordinates from −1 to 1 across the image.
   */
  readonly theta?: readonly number[];
  /** One entry per attention block; absent where the model has none. */
  readonly attention?: readonly AttentionView[];
}

/** What a trained model does with a few test images; the content of a run's `views.json`. */
export interface Views {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** They were evaluated as one batch, in this order. */
  readonly images: readonly ImageView[];
}
