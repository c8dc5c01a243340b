import { create } from "@bufbuild/protobuf";
import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { GraphBuilder, type Tensor } from "../../../graph/builder.js";
import type { Graph, Shape } from "../../../graph/graph.js";
import { graphLimits } from "../../../graph/graph-codec.js";
import { imageInput } from "../../../graph/inputs.js";
import { definitionOf } from "../../../graph/node-facts.js";
import type { NamedTensors } from "../../../graph/tensors.js";
import {
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType,
} from "../onnx_pb.js";
import { type ImageValue, ImportState, NodeReader, type Value } from "./context.js";
import { elementwise } from "./elementwise.js";
import { type Handler, layers } from "./layers.js";
import { matmul } from "./products.js";
import { constantOf, decodeFile } from "./read-file.js";
import { shapes } from "./shapes.js";
import { viewOf } from "./view.js";

/** A network from an ONNX file. */
export interface OnnxNetwork {
  /** One image in, log-probabilities or logits [classes] out; the weights are its initial values. */
  readonly graph: Graph;
  readonly weights: NamedTensors;
  /** `(pixel / 255 − mean) / std`, where the file normalises; undefined where it wants normalised values. */
  readonly normalisation?: { readonly mean: number; readonly std: number };
  /** Metadata, by name. */
  readonly metadata: ReadonlyMap<string, string>;
}

const handlers: Readonly<Record<string, Handler>> = {
  ...layers,
  ...shapes,
  ...elementwise,
  MatMul: matmul,
  Constant(node) {
    const tensor = node.attributes.tensor("value");
    if (tensor) return constantOf(node.at, node.node.output[0] ?? "", tensor);
    const ints = node.attributes.list("value_ints") ?? [
      node.attributes.number("value_int", Number.NaN),
    ];
    const float = node.attributes.float("value_float", Number.NaN);
    const isFloat = !Number.isNaN(float);
    const values = isFloat ? [float] : ints;
    const isList = node.attributes.names.includes("value_ints");
    const shape = isList ? [values.length] : [];
    return { kind: "constant", name: node.label, shape, values, isInteger: !isFloat };
  },
};

/** Operators of ONNX that {@link readOnnx} reads. */
export const operatorNames: readonly string[] = Object.keys(handlers).sort();

/**
 * Reads an ONNX file whose operators are ops of Fovea, or what exporters make of them.
 *
 * @param where the file, for messages
 * @throws InputError where it is damaged, or naming what Fovea does not have
 * @example
 * const { graph, weights } = readOnnx(writeOnnx(model.build(data), parameters), "network.onnx");
 * const { accuracy } = await evaluate({ model: { name: "theirs", graph }, data, parameters: weights });
 */
export function readOnnx(bytes: Uint8Array, where: string): OnnxNetwork {
  const model = decodeFile(bytes, where);
  const graph = model.graph!;
  const nodes = needed(where, graph);
  checkOperators(where, nodes);
  const { name, shape, isBytes } = imageOf(where, graph);
  const image = imageInput(shape);
  const state = new ImportState(image.builder, shape);
  const values = new Map<string, Value>();
  for (const tensor of graph.initializer) {
    values.set(tensor.name, constantOf(`${where}: ${excerpt(tensor.name)}`, tensor.name, tensor));
  }
  const raw: ImageValue = { kind: "image", scale: 1, shift: 0, by255: false };
  values.set(name, raw);
  let seen: ImageValue | undefined;
  for (const node of nodes) {
    const reader = new NodeReader(
      where,
      state,
      node,
      withImage(values, node, image, (used) => {
        seen = used;
      }),
    );
    const found = handlers[node.opType]!(reader);
    (Array.isArray(found) ? found : [found as Value]).forEach((value, at) => {
      const output = node.output[at];
      if (output) values.set(output, value);
    });
  }
  const result = resultOf(where, graph, state, values);
  return {
    ...pruned(where, image.builder.finish(result), state.weights),
    ...normalisationOf(where, seen ?? raw, isBytes),
    metadata: new Map(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

/** Operators that act on the image before it is read: its normalisation. */
const beforeReading = new Set(["Add", "Sub", "Mul", "Div", "Cast", "Identity", "Shape"]);

/** The values, with the image as a tensor for nodes that do more than normalise it. */
function withImage(
  values: ReadonlyMap<string, Value>,
  node: NodeProto,
  image: Tensor,
  onRead: (value: ImageValue) => void,
): ReadonlyMap<string, Value> {
  const reads = node.input.find((each) => values.get(each)?.kind === "image");
  if (reads === undefined) return values;
  const isNumber = node.input.every((each) => {
    const value = values.get(each);
    return value?.kind === "image" || (value?.kind === "constant" && value.values.length === 1);
  });
  if (
    beforeReading.has(node.opType) &&
    isNumber &&
    new Set(node.input).size === node.input.length
  ) {
    const isSwapped = (node.opType === "Sub" || node.opType === "Div") && node.input[1] === reads;
    if (!isSwapped) return values;
  }
  onRead(values.get(reads) as ImageValue);
  return new Map([...values, [reads, viewOf(image)]]);
}

/** @throws InputError that lists all operators that are missing */
function checkOperators(where: string, nodes: readonly NodeProto[]): void {
  const missing = nodes.filter(({ opType, domain }) => {
    const isStandard = domain === "" || domain === "ai.onnx";
    return !isStandard || !Object.hasOwn(handlers, opType);
  });
  if (missing.length === 0) return;
  const lines = missing.slice(0, 10).map(({ name, output, opType, domain }) => {
    const op = domain === "" ? opType : `${domain}.${opType}`;
    return `${plain(name || output[0] || "a node")}: op ${plain(op)} is not supported`;
  });
  const more = missing.length > 10 ? `; and ${missing.length - 10} more` : "";
  throw new InputError(where, "operators that Fovea has", `${lines.join("; ")}${more}`);
}

function plain(text: string): string {
  return /^[\w./:[\]-]{1,60}$/.test(text) ? text : excerpt(text);
}

function imageOf(where: string, { input, initializer }: GraphProto) {
  const constants = new Set(initializer.map(({ name }) => name));
  const [image, ...others] = input.filter(({ name }) => !constants.has(name));
  const type = image?.type?.value;
  if (image === undefined || others.length > 0 || type?.case !== "tensorType") {
    throw new InputError(
      where,
      "a graph with one input, an image",
      `${others.length + (image ? 1 : 0)} inputs`,
    );
  }
  const extents =
    type.value.shape?.dim.map(({ value }) =>
      value.case === "dimValue" ? Number(value.value) : 0,
    ) ?? [];
  const shape: Shape = extents.slice(1);
  if (extents.length !== 4 || shape.some((extent) => extent < 1 || extent > 4096)) {
    const got = `[${extents.map((extent) => extent || "?").join(", ")}]`;
    throw new InputError(
      where,
      "an input [batch, channels, rows, columns] of known size, at most 4096",
      got,
    );
  }
  const { FLOAT, UINT8 } = TensorProto_DataType;
  if (type.value.elemType !== FLOAT && type.value.elemType !== UINT8) {
    const got = TensorProto_DataType[type.value.elemType] ?? "another";
    throw new InputError(where, "an input in float or uint8", got.toLowerCase());
  }
  return { name: image.name, shape, isBytes: type.value.elemType === UINT8 };
}

/** The nodes that the first output depends on, in order. */
function needed(where: string, { node, output }: GraphProto): NodeProto[] {
  const [first] = output;
  if (first === undefined) throw new InputError(where, "a graph with an output", "none");
  const names = new Set([first.name]);
  const nodes = node.toReversed().filter(({ input, output: made }) => {
    if (!made.some((each) => names.has(each))) return false;
    for (const each of input) names.add(each);
    return true;
  });
  return nodes.reverse();
}

function resultOf(
  where: string,
  { output }: GraphProto,
  state: ImportState,
  values: ReadonlyMap<string, Value>,
): Tensor {
  const [first] = output;
  const value = values.get(first!.name);
  if (value?.kind !== "view")
    throw new InputError(where, "an output that is computed from the image", "another");
  const reader = new NodeReader(
    where,
    state,
    create(NodeProtoSchema, { name: first!.name }),
    values,
  );
  const result = reader.tensor(value);
  if (result.shape.length !== 1) {
    throw new InputError(
      where,
      "an output [batch, classes]",
      `[batch, ${result.shape.join(", ")}]`,
    );
  }
  // Of probabilities, the logits that they are of.
  return state.logits.get(result) ?? result;
}

/** The nodes that the result depends on, and their parameters, in order of first use. */
function pruned(
  where: string,
  graph: Graph,
  weights: NamedTensors,
): Pick<OnnxNetwork, "graph" | "weights"> {
  const used = new Set([graph.output]);
  for (const { id, inputs } of graph.nodes.toReversed()) {
    if (used.has(id)) for (const input of inputs) used.add(input);
  }
  const builder = new GraphBuilder();
  const tensors = new Map<number, Tensor>();
  for (const node of graph.nodes) {
    const isImage = definitionOf(node).role.kind === "input";
    if (!used.has(node.id) && !isImage) continue;
    const parameters = node.parameters.map((at) => graph.parameters[at]!);
    const inputs = node.inputs.map((id) => tensors.get(id)!);
    const { attributes, label } = node;
    const added = builder.add(definitionOf(node) as never, {
      inputs,
      attributes: attributes as never,
      parameters,
      label,
      share: true,
    });
    tensors.set(node.id, added);
  }
  const result = builder.finish(tensors.get(graph.output)!);
  if (result.nodes.length > graphLimits.nodes) {
    throw new InputError(where, `at most ${graphLimits.nodes} nodes`, String(result.nodes.length));
  }
  const own = result.parameters.map(({ name }) => [name, weights.get(name)!] as const);
  return { graph: result, weights: new Map(own) };
}

function normalisationOf(
  where: string,
  { scale, shift, by255 }: ImageValue,
  isBytes: boolean,
): Pick<OnnxNetwork, "normalisation"> {
  if (!isBytes && scale === 1 && shift === 0) return {};
  // Of values in 0..1, unless the graph divides by 255.
  const perUnit = isBytes || by255 ? 255 * scale : scale;
  if (!(perUnit > 0) || !Number.isFinite(shift)) {
    throw new InputError(where, "an image that is scaled by a number above 0", String(scale));
  }
  return { normalisation: { mean: -shift / perUnit, std: 1 / perUnit } };
}
