import type { Graph, ImageShape } from "../../src/graph/graph.js";
import { type ModelName, models } from "../../src/models/index.js";

/** The graph of a model of the catalogue. */
export function graphOf(name: ModelName, image: ImageShape, classes: number): Graph {
  return models[name].build({ ...image, classes }).graph;
}
