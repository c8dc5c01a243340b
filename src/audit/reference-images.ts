import type { Dataset, ImageSet } from "../data/dataset.js";
import type { Graph } from "../graph/graph.js";
import { nodesOfRole } from "../graph/node-facts.js";
import type { ReferenceImage } from "../graph/reference.js";

/** The first images of a set as the float64 reference takes them: normalised, [channel, row, column]. */
export function referenceImages(
  graph: Graph,
  { channels, rows, columns, mean, std }: Dataset,
  set: ImageSet,
  count: number,
): ReferenceImage[] {
  const input = imageNode(graph);
  const places = rows * columns;
  const size = channels * places;
  return Array.from({ length: Math.min(count, set.count) }, (_, image) => {
    const values = Float64Array.from({ length: size }, (_, at) => {
      const byte = image * size + (at % places) * channels + Math.floor(at / places);
      return (set.images[byte]! / 255 - mean) / std;
    });
    return { inputs: new Map([[input, values]]), label: set.labels[image]! };
  });
}

/** Id of the node that is the image. */
export function imageNode(graph: Graph): number {
  return nodesOfRole(graph, "input")[0]!.node.id;
}
