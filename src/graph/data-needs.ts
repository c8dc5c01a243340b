import { type Graph, type Node, sizeOf } from "./graph.js";
import { inputOf, nodesOfRole } from "./node-facts.js";

/** Bytes of the image that a graph reads; undefined where it reads none. */
export function imageBytes(graph: Graph): number | undefined {
  const sizes = inputsFrom(graph, "image").map(({ shape }) => sizeOf(shape));
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** Channels of the image that a graph reads; undefined where it reads none. */
export function imageChannels(graph: Graph): number | undefined {
  return inputsFrom(graph, "image")[0]?.shape[0];
}

/** Input nodes whose values the caller gives for each image. */
export function givenInputs(graph: Graph): Node[] {
  return inputsFrom(graph, "values");
}

/** Number of classes of the graph's loss: labels must be smaller. Undefined where it has no loss. */
export function lossClasses(graph: Graph): number | undefined {
  const sizes = nodesOfRole(graph, "loss").map(({ node }) => sizeOf(inputOf(graph, node, 0).shape));
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}

function inputsFrom(graph: Graph, source: "image" | "values"): Node[] {
  return nodesOfRole(graph, "input")
    .filter(({ node, role }) => role.source(node.attributes) === source)
    .map(({ node }) => node);
}
