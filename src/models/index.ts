import type { Graph } from "../graph/graph.js";

/** The image a model is built for. */
export interface ImageShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

export const modelNames = ["cnn", "stn", "coordconv-stn", "mha", "mha-batch"] as const;
export type ModelName = (typeof modelNames)[number];

/** Builds the graph of a model for images of this shape. */
export declare function buildModel(name: ModelName, image: ImageShape, classes: number): Graph;
