import { create, toBinary } from "@bufbuild/protobuf";
import { checkChoice, checkOptions, shown } from "../../arguments.js";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { checkGraph } from "../../graph/check-graph.js";
import { graphHash } from "../../graph/graph-codec.js";
import { checkModelName, inputOf, type Model } from "../../graph/model.js";
import { definitionOf, nodesOfRole } from "../../graph/node-facts.js";
import type { NamedTensors } from "../../graph/tensors.js";
import { withLogProbabilities } from "../../graph/with-loss.js";
import { ModelProtoSchema } from "./onnx_pb.js";
import { type ImageInput, OnnxGraph } from "./onnx-graph.js";

/** Version of ONNX's operators, and of the file's layout that belongs to it. */
const OPSET = 22n;
const IR_VERSION = 10n;

/** What {@link writeOnnx} takes besides the model. */
export interface OnnxOptions {
  /**
   * What the network is given, [batch, channels, rows, columns]: `"bytes"`, uint8 in 0..255 (default); `"unit"`, float32
   * in 0..1; `"normalized"`, float32 that is normalised already.
   */
  readonly input?: ImageInput["kind"];
  /** Mean of a pixel / 255, one for all channels or one a channel. Default 0; given with `std`. */
  readonly mean?: number | readonly number[];
  /** Its standard deviation. Default 1; given with `mean`. */
  readonly std?: number | readonly number[];
  /** What the classes are called. */
  readonly classNames?: readonly string[];
  /** Further metadata: texts by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const optionNames = ["input", "mean", "std", "classNames", "metadata"];

/** What is said of a network whose results depend on the other images of a batch. */
export const batchWarning =
  "the images of a batch see each other: a result depends on the other images, so give as many at once as in training";

/** Whether images of a batch depend on each other in this network. */
export function looksAcrossBatch({ graph }: Pick<Model, "graph">): boolean {
  return graph.nodes.some((node) => definitionOf(node).scope === "batch");
}

/**
 * Writes a trained network as an ONNX file (opset 22), with the normalisation of the images in its graph.
 *
 * Input: `image` [batch, channels, rows, columns], see {@link OnnxOptions.input}; `batch` may be any number.
 * Outputs: `log_probabilities` and `probabilities` [batch, classes].
 * Metadata: `model`, `model_hash`, `input`, `class_names` (a JSON list), `warning` where the network looks across the
 * batch, and what `options.metadata` has.
 *
 * @param weights values of all parameters, by name, as `train` returns them
 * @throws InputError where weights are missing or of another shape, or an option is wrong
 * @example
 * const { mean, std } = data;
 * const bytes = writeOnnx(model.build(data), parameters, { mean, std });
 */
export function writeOnnx(
  model: Model,
  weights: NamedTensors,
  options: OnnxOptions = {},
): Uint8Array {
  const where = "writeOnnx";
  checkModelName(Object(model).name);
  checkGraph(where, "model", model.graph);
  if (!(weights instanceof Map)) throw new InputError(where, "weights, a Map", shown(weights));
  checkOptions(where, options, optionNames);
  checkClassifier(where, model);
  const image = imageInput(where, model, options);
  const graph = withLogProbabilities(model.graph);
  const onnx = new OnnxGraph(where, graph, weights, image);
  const { shape } = onnx.result;
  const logs = onnx.named(onnx.result.value, "log_probabilities");
  const probabilities = onnx.add("probabilities", "Exp", logs);
  const outputs = [logs, probabilities].map((value) => ({ value, shape }));
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      opsetImport: [{ domain: "", version: OPSET }],
      producerName: "fovea",
      graph: onnx.finish(model.name, outputs),
      metadataProps: metadataOf(where, model, image, options),
    }),
  );
}

function checkClassifier(where: string, { graph }: Model): void {
  if (nodesOfRole(graph, "loss").length > 0) {
    throw new InputError(where, "a network without a loss", "one with a loss");
  }
  const [image, ...others] = nodesOfRole(graph, "input");
  const isImage = image?.role.source(image.node.attributes) === "image" && others.length === 0;
  if (!isImage) throw new InputError(where, "a network with one input, an image", "another");
}

function imageInput(where: string, model: Model, options: OnnxOptions): ImageInput {
  const { input: kind = "bytes", mean, std } = options;
  checkChoice(where, "input", kind, ["bytes", "unit", "normalized"]);
  if ((mean === undefined) !== (std === undefined)) {
    throw new InputError(where, "mean and std together", mean === undefined ? "std" : "mean");
  }
  const { channels } = inputOf(model);
  return {
    kind,
    mean: perChannel(where, "mean", mean ?? 0, channels, Number.NEGATIVE_INFINITY),
    std: perChannel(where, "std", std ?? 1, channels, 0),
  };
}

function perChannel(
  where: string,
  name: string,
  given: number | readonly number[],
  channels: number,
  above: number,
): readonly number[] {
  const values = typeof given === "number" ? [given] : given;
  const fits =
    Array.isArray(values) &&
    (values.length === 1 || values.length === channels) &&
    values.every((value) => Number.isFinite(value) && value > above);
  if (fits) return values;
  const what = above === 0 ? "above 0" : "that are finite";
  const expected = `${name} to be one number, or ${channels} of them, ${what}`;
  throw new InputError(where, expected, Array.isArray(given) ? `[${given}]` : shown(given));
}

const inputs = {
  bytes: "uint8, 0..255, [batch, channels, rows, columns]",
  unit: "float32, 0..1, [batch, channels, rows, columns]",
  normalized: "float32, (pixel / 255 - mean) / std, [batch, channels, rows, columns]",
};

function metadataOf(
  where: string,
  model: Model,
  { kind, mean, std }: ImageInput,
  { classNames, metadata = {} }: OnnxOptions,
) {
  if (classNames !== undefined) checkNames(where, classNames, inputOf(model).classes);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string") continue;
    throw new InputError(where, `metadata ${excerpt(key)} to be a text`, shown(value));
  }
  const all: Record<string, string> = {
    model: model.name,
    model_hash: graphHash(model.graph),
    input: inputs[kind],
    mean: JSON.stringify(mean),
    std: JSON.stringify(std),
    ...(classNames && { class_names: JSON.stringify(classNames) }),
    ...(looksAcrossBatch(model) && { warning: batchWarning }),
    ...metadata,
  };
  return Object.entries(all).map(([key, value]) => ({ key, value }));
}

function checkNames(where: string, names: readonly string[], classes: number): void {
  const fits =
    Array.isArray(names) &&
    names.length === classes &&
    names.every((name) => typeof name === "string");
  if (!fits) throw new InputError(where, `classNames to be ${classes} texts`, shown(names));
}
