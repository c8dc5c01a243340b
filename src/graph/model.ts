import { shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import type { Tensor } from "./builder.js";
import type { Graph, ImageShape, Node, Shape } from "./graph.js";
import { imageInput } from "./inputs.js";
import {
  checkDefaults,
  completeOptions,
  type ModelOptions,
  type OptionDefaults,
  type OptionsOf,
} from "./model-options.js";
import { nodesOfRole } from "./node-facts.js";
import { showShape } from "./ops/shapes.js";

/** A classifier of images of one shape: its name, and its graph as data. */
export interface Model {
  /** Letters, digits, `.`, `_` and `-`, as it names folders and figures. */
  readonly name: string;
  /** One image in, log-probabilities or logits `[classes]` out. */
  readonly graph: Graph;
  /** The values of the definition's options, where it has some. The graph is what they led to. */
  readonly options?: ModelOptions;
}

/** What a model is built for: the shape of the images, and the classes. A `Dataset` has both. */
export interface ModelInput extends ImageShape {
  readonly classes: number;
}

/** A classifier that is built for images of any shape; made by {@link defineModel}. */
export interface ModelDefinition {
  readonly name: string;
  /** Its options with their defaults, where it has some. {@link withOptions} changes them. */
  readonly options?: OptionDefaults;
  /**
   * The model for images of one shape.
   *
   * @param options values of the definition's options; default: their defaults
   * @throws InputError where the image is too small for the network, its result is not `[classes]`, or an option is
   *   unknown or has another type than its default
   */
  build(input: ModelInput, options?: ModelOptions): Model;
}

/** A model, or a definition that is built for the images of the data: what `train` and others take. */
export type ModelSource = Model | ModelDefinition;

/** A network as a function of one image. */
export type BuildNetwork<Options = ModelOptions> = (
  image: Tensor,
  input: ModelInput,
  options: Options,
) => Tensor;

const longestName = 64;

/**
 * Defines a classifier by a function of one image.
 *
 * @param name letters, digits, `.`, `_` and `-`, beginning with a letter or digit; at most 64
 * @param build gets the image `[channels, rows, columns]` and the number of classes, and returns
 * log-probabilities or logits `[classes]`, which the loss and scores put through a log-softmax; `classes` is in its
 * second argument
 * @param options names and defaults of what may be chosen before training, such as `{ width: 16, pool: ["max", "mean"]
 *   }`: numbers, true or false, texts, or lists of all allowed texts or numbers, whose first is the default. `build`
 *   gets their values as its third argument; the command line sets them with `--set width=24`
 * @throws InputError where `name` is not such a name, `build` no function, or a default of another kind
 * @example
 * export default defineModel(
 *   "tiny",
 *   (image, { classes }, { width }) => {
 *     const x = relu(maxPool2d(conv2d(image, "conv", { outChannels: width, kernelSize: 5 }), 2)); // [8, 12, 12]
 *     return logSoftmax(linear(flatten(x), "fc", { outFeatures: classes })); // [classes]
 *   },
 *   { width: 8 },
 * );
 */
export function defineModel<const Defaults extends OptionDefaults = Record<never, never>>(
  name: string,
  build: BuildNetwork<OptionsOf<Defaults>>,
  options?: Defaults,
): ModelDefinition {
  checkModelName(name);
  if (typeof build !== "function") {
    throw new InputError("defineModel", "a function of the image", String(build));
  }
  if (options !== undefined) checkDefaults("defineModel", options);
  return {
    name,
    ...(options && { options }),
    build({ channels, rows, columns, classes }, chosen = {}) {
      const values = completeOptions(name, options ?? {}, chosen);
      const image = imageInput([channels, rows, columns]);
      const input = { channels, rows, columns, classes };
      // `completeOptions` has checked the types.
      const output = build(image, input, values as OptionsOf<Defaults>);
      if (output?.builder !== image.builder) {
        throw new InputError(name, "a tensor made of the image", shown(output));
      }
      const graph = image.builder.finish(output);
      const model = { name, graph, ...(options && { options: values }) };
      checkModel(model, input);
      return model;
    },
  };
}

/**
 * The definition with other defaults for its options.
 *
 * @throws InputError where an option is unknown or has another type than its default
 * @example
 * await train({ model: withOptions(models.residual, { width: 8 }), data, epochs: 1 });
 */
export function withOptions(definition: ModelDefinition, chosen: ModelOptions): ModelDefinition {
  const { name, options = {} } = definition;
  const values = completeOptions(name, options, chosen);
  const defaults = Object.entries(options).map(([option, initial]) => {
    const value = values[option]!;
    if (typeof initial !== "object") return [option, value] as const;
    const others = [...initial].filter((each) => each !== value);
    return [option, [value, ...others] as string[] | number[]] as const;
  });
  return {
    name,
    ...(definition.options && { options: Object.fromEntries(defaults) }),
    build: (input, more = {}) => definition.build(input, { ...values, ...more }),
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
