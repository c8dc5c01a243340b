import { z } from "zod";
import { InputError } from "../errors.js";
import { decodeGraph, encodeGraph, graphHash } from "../graph/graph-codec.js";
import { checkModelName, inputOf, type Model, modelFor } from "../graph/model.js";
import { nodesOfRole } from "../graph/node-facts.js";
import { counted } from "../numbers.js";
import { parseJson } from "./json.js";

const position = z.int().nonnegative();
const finite = z.number();

const initialization = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("uniform"), bound: finite.nonnegative() }),
  z.strictObject({ kind: z.literal("constant"), value: finite }),
  z.strictObject({ kind: z.literal("values"), values: z.array(finite) }),
]);

/** What `model.json` holds. */
const modelSchema = z.strictObject({
  /** Version of this file's layout. */
  format: z.literal(1),
  name: z.string(),
  /** SHA-256 of the graph, see `graphHash`. */
  hash: z.string(),
  graph: z.strictObject({
    nodes: z
      .array(
        z.strictObject({
          op: z.string(),
          label: z.string(),
          inputs: z.array(position),
          parameters: z.array(position),
          attributes: z.record(z.string(), z.unknown()),
        }),
      )
      .min(1),
    parameters: z.array(
      z.strictObject({
        name: z.string(),
        shape: z.array(position),
        initialization,
        buffer: z.literal(true).exactOptional(),
      }),
    ),
    output: position,
  }),
});

/** The text of a `model.json`: the graph as data, with its hash. */
export function encodeModel({ name, graph }: Model): string {
  const content = { format: 1, name, hash: graphHash(graph), graph: encodeGraph(graph) };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/**
 * Reads a `model.json`. Nothing is built by name: the graph is in the file, and is checked by the ops'
 * own rules, as it may be from anywhere.
 *
 * @param where the file, for messages
 * @throws InputError where it is no model, or not the one that its hash is of
 */
export function decodeModel(text: string, where: string): Model {
  const { name, hash, graph: encoded } = parseJson(text, modelSchema, where);
  checkModelName(name);
  const graph = decodeGraph(where, encoded);
  checkClassifier(where, { name, graph });
  const found = graphHash(graph);
  if (found !== hash) {
    throw new InputError(where, `the graph with hash ${hash.slice(0, 12)}`, found.slice(0, 12));
  }
  return { name, graph };
}

/** One image in, log-probabilities out, and no loss inside: that is the training's. */
function checkClassifier(where: string, model: Model): void {
  const { graph } = model;
  const inputs = nodesOfRole(graph, "input");
  const [image] = inputs;
  const isImage = image?.role.source(image.node.attributes) === "image";
  if (inputs.length !== 1 || !isImage || image.node.shape.length !== 3) {
    throw new InputError(where, "one input, an image", counted(inputs.length, "input"));
  }
  if (nodesOfRole(graph, "loss").length > 0) {
    throw new InputError(where, "a classifier without a loss", "one with a loss");
  }
  const { shape } = graph.nodes[graph.output]!;
  if (shape.length !== 1) {
    throw new InputError(where, "a result [classes]", `[${shape.join(", ")}]`);
  }
  modelFor(where, model, inputOf(model));
}
