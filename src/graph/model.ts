import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import type { Tensor } from "./builder.js";
import type { Graph, ImageShape, Node, Shape } from "./graph.js";
import { imageInput } from "./inputs.js";
import { nodesOfRole } from "./node-facts.js";
import { showShape } from "./ops/shapes.js";

/** A classifier of images of one shape: its name, and its graph as data. */
export interface Model {
  /** Letters, digits, `.`, `_` and `-`, as it names folders and figures. */
  readonly name: string;
  /** One image in, log-probabilities or logits `[classes]` out. */
  readonly graph: Graph;
}

/** What a model is built for: the shape of the images, and the classes. A `Dataset` has both. */
export interface ModelInput extends ImageShape {
  readonly classes: number;
}

/** A classifier that is built for images of any shape; made by {@link defineModel}. */
export interface ModelDefinition {
  readonly name: string;
  /**
   * The model for images of one shape.
   *
   * @throws InputError where the image is too small for the network, or its result is not `[classes]`
   */
  build(input: ModelInput): Model;
}

/** A model, or a definition that is built for the images of the data: what `train` and others take. */
export type ModelSource = Model | ModelDefinition;

/** A network as a function of one image. */
export type BuildNetwork = (image: Tensor, input: ModelInput) => Tensor;

const longestName = 64;

/**
 * Defines a classifier by a function of one image.
 *
 * @param name letters, digits, `.`, `_` and `-`, beginning with a letter or digit; at most 64
 * @param build gets the image `[channels, rows, columns]` and the number of classes, and returns
 * log-probabilities or logits `[classes]`, which the loss and scores put through a log-softmax; `classes` is in its
 * second argument
 * @throws InputError where `name` is not such a name, or `build` no function
 * @example
 * export default defineModel("tiny", (image, { classes }) => {
 *   const x = relu(maxPool2d(conv2d(image, "conv", { outChannels: 8, kernelSize: 5 }), 2)); // [8, 12, 12]
 *   return logSoftmax(linear(flatten(x), "fc", { outFeatures: classes })); // [classes]
 * });
 */
export function defineModel(name: string, build: BuildNetwork): ModelDefinition {
  checkModelName(name);
  if (typeof build !== "function") {
    throw new InputError("defineModel", "a function of the image", String(build));
  }
  return {
    name,
    build({ channels, rows, columns, classes }) {
      const image = imageInput([channels, rows, columns]);
      const output = build(image, { channels, rows, columns, classes });
      if (output?.builder !== image.builder) {
        throw new InputError(name, "a tensor made of the image", String(output));
      }
      const model = { name, graph: image.builder.finish(output) };
      checkModel(model, { channels, rows, columns, classes });
      return model;
    },
  };
}

/** Whether a model may have this name, which also names folders and figures. */
export function isModelName(name: string): boolean {
  return name.length <= longestName && /^[A-Za-z0-9][\w.-]*$/.test(name);
}

/** @throws InputError where a model must not have this name */
export function checkModelName(name: string): void {
  if (typeof name === "string" && isModelName(name)) return;
  const expected = `a name of at most ${longestName} letters, digits, dots, dashes and underscores`;
  throw new InputError("model", expected, typeof name === "string" ? excerpt(name) : String(name));
}

/**
 * The model for data: a definition is built, a model is checked against the shape of the images.
 *
 * @throws InputError where the model does not fit the data
 */
export function modelFor(where: string, source: ModelSource, input: ModelInput): Model {
  if (typeof source !== "object" || source === null) {
    throw new InputError(
      where,
      "a model, made by defineModel",
      JSON.stringify(source) ?? "nothing",
    );
  }
  if ("build" in source) return source.build(input);
  checkModelName(source.name);
  checkModel(source, input);
  return source;
}

/** What a model was built for, read from its graph. */
export function inputOf({ graph }: Model): ModelInput {
  const [channels = 0, rows = 0, columns = 0] = imageNode(graph).shape;
  const [classes = 0] = graph.nodes[graph.output]!.shape;
  return { channels, rows, columns, classes };
}

/** The image's node. */
export function imageNode(graph: Graph): Node {
  return nodesOfRole(graph, "input")[0]?.node as Node;
}

/** @throws InputError where the model's image or result does not have the shape that `input` asks for */
function checkModel({ name, graph }: Model, input: ModelInput): void {
  const { channels, rows, columns, classes } = input;
  checkShape(`${name}: image`, [channels, rows, columns], imageNode(graph).shape);
  checkShape(`${name}: result`, [classes], graph.nodes[graph.output]!.shape);
}

function checkShape(where: string, expected: Shape, got: Shape): void {
  if (expected.join() === got.join()) return;
  throw new InputError(where, `shape ${showShape(expected)}`, showShape(got));
}
