import type { Dataset, ImageSet } from "../data/dataset.js";
import { ofChannel } from "../engine/pixel-table.js";
import type { Graph } from "../graph/graph.js";
import { nodesOfRole } from "../graph/node-facts.js";
import type { ReferenceImage } from "../graph/reference.js";

/** The first images of a set as inputs of the float64 reference: normalised, [channel, row, column]. */
export function referenceImages(
  graph: Graph,
  { channels, rows, columns, mean, std }: Dataset,
  set: ImageSet,
  count: number,
): ReferenceImage[] {
  const input = imageNode(graph);
  const positions = rows * columns;
  const size = channels * positions;
  return Array.from({ length: Math.min(count, set.count) }, (_, image) => {
    const values = Float64Array.from({ length: size }, (_, at) => {
      const byte = image * size + (at % positions) * channels + Math.floor(at / positions);
      const channel = Math.floor(at / positions);
      return (set.images[byte]! / 255 - ofChannel(mean, channel)) / ofChannel(std, channel);
    });
    return { inputs: new Map([[input, values]]), label: set.labels[image]! };
  });
}

/** Id of the graph's input node. */
export function imageNode(graph: Graph): number {
  return nodesOfRole(graph, "input")[0]!.node.id;
}
