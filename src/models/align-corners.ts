import { InputError } from "../errors.js";
import type { Model } from "../graph/model.js";

/** The ops whose coordinates `alignCorners` gives a meaning; a grid and its sampler must agree. */
const samplers: ReadonlySet<string> = new Set(["affineGrid", "gridSample"]);

/**
 * A model with the coordinates of its spatial transformers read as `align_corners` of PyTorch's
 * `affine_grid` and `grid_sample` says: −1 and 1 are the centres of the outer pixels (true, the default before
 * PyTorch 1.3) or the outer edges (false, the default since).
 *
 * @throws InputError where the model samples nothing
 */
export function withAlignCorners(where: string, model: Model, alignCorners: boolean): Model {
  const { name, graph } = model;
  if (!graph.nodes.some(({ op }) => samplers.has(op))) {
    throw new InputError(
      where,
      "alignCorners only with a model that has a spatial transformer",
      name,
    );
  }
  const nodes = graph.nodes.map((node) =>
    samplers.has(node.op) ? { ...node, attributes: { ...node.attributes, alignCorners } } : node,
  );
  return { name, graph: { ...graph, nodes } };
}
