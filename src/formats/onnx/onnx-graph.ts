import { create } from "@bufbuild/protobuf";
import { InputError } from "../../errors.js";
import type { Graph, Node, Shape } from "../../graph/graph.js";
import { definitionOf, roleOf } from "../../graph/node-facts.js";
import type { OnnxAttributes, OnnxValue, OnnxWriter } from "../../graph/onnx.js";
import type { NamedTensors } from "../../graph/tensors.js";
import { NodeList } from "./node-list.js";
import {
  type GraphProto,
  GraphProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.js";
import { floatTensor, integerTensor } from "./onnx-tensor.js";

/** How an image goes into an ONNX graph; what is missing of the normalisation is inside the graph. */
export interface ImageInput {
  /** `bytes`: uint8, 0..255. `unit`: float32, 0..1. `normalized`: float32, (pixel / 255 − mean) / std. */
  readonly kind: "bytes" | "unit" | "normalized";
  /** One a channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A result of an ONNX graph. */
interface Output {
  readonly value: OnnxValue;
  readonly shape: Shape;
}

/** Name of the axis that may have any extent. */
const BATCH = "batch";

/** Writes a graph's nodes, one op after the other. */
export class OnnxGraph {
  readonly #list = new NodeList();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #shapes: ValueInfoProto[] = [];
  readonly #values: OnnxValue[] = [];
  readonly #parameters: OnnxValue[];
  readonly #graph: Graph;
  readonly #image: ImageInput;
  #batch: OnnxValue | undefined;

  /** @throws InputError where weights are missing, of another shape, or an op has no nodes */
  constructor(where: string, graph: Graph, weights: NamedTensors, image: ImageInput) {
    this.#graph = graph;
    this.#image = image;
    this.#parameters = graph.parameters.map(({ name, shape }) => {
      const tensor = weights.get(name);
      if (tensor?.shape.join() === shape.join()) {
        return this.#list.addConstant(floatTensor(this.#list.unique(name), tensor));
      }
      const expected = `weights with ${name} of shape [${shape.join(", ")}]`;
      throw new InputError(where, expected, tensor ? `[${tensor.shape.join(", ")}]` : "none");
    });
    for (const node of graph.nodes) this.#values.push(this.#write(node));
  }

  /** The result of the graph. */
  get result(): Output {
    const { output, nodes } = this.#graph;
    return { value: this.#values[output]!, shape: nodes[output]!.shape };
  }

  /** Adds a node after those of the graph. */
  add(name: string, operator: string, value: OnnxValue): OnnxValue {
    return this.#list.rename(this.#list.add(name, operator, [value]), name);
  }

  /** Names a result; a value that is no node's own gets one. */
  named(value: OnnxValue, name: string): OnnxValue {
    const isInput = this.#inputs.some((input) => input.name === value);
    const own = isInput ? this.#list.add(name, "Identity", [value]) : value;
    return this.#list.rename(own, name);
  }

  finish(name: string, outputs: readonly Output[]): GraphProto {
    const { nodes, constants, values } = this.#list.neededFor(outputs.map(({ value }) => value));
    const names = new Set(outputs.map(({ value }) => value));
    return create(GraphProtoSchema, {
      name,
      node: [...nodes],
      initializer: [...constants],
      input: this.#inputs,
      output: outputs.map(({ value, shape }) => valueInfo(value, shape)),
      valueInfo: this.#shapes.filter((each) => values.has(each.name) && !names.has(each.name)),
    });
  }

  #write(node: Node): OnnxValue {
    const before = this.#list.length;
    const value = definitionOf(node).onnx(this.#writer(node));
    // Dropout has no node, and its result is the value before it.
    if (!this.#list.isAfter(before, value)) return value;
    const isInput = roleOf(node).kind === "input";
    const name = this.#list.rename(value, isInput ? "normalized" : node.label);
    this.#shapes.push(valueInfo(name, node.shape));
    return name;
  }

  #writer(node: Node): OnnxWriter<unknown> {
    const list = this.#list;
    const { nodes, parameters } = this.#graph;
    const scope = node.label;
    return {
      attributes: node.attributes,
      inputShapes: node.inputs.map((id) => nodes[id]!.shape),
      shape: node.shape,
      input: (index) => this.#values[node.inputs[index]!]!,
      parameter: (index) => this.#parameters[node.parameters[index]!]!,
      parameterShape: (index) => parameters[node.parameters[index]!]!.shape,
      given: () => this.#given(node),
      batch: () => this.#batchSize(),
      constant: (name, tensor) =>
        list.addConstant(floatTensor(list.unique(`${scope}/${name}`), tensor)),
      integers: (name, values, shape = [values.length]) =>
        list.addConstant(integerTensor(list.unique(`${scope}/${name}`), values, shape)),
      add: (operator, inputs, attributes) => list.add(scope, operator, inputs, attributes),
    };
  }

  /** Number of images, a list of one. */
  #batchSize(): OnnxValue {
    const [input] = this.#inputs;
    this.#batch ??= this.#list.add(BATCH, "Shape", [input!.name], { start: 0, end: 1 });
    return this.#batch;
  }

  #given(node: Node): OnnxValue {
    const role = roleOf(node);
    const isImage = role.kind === "input" && role.source(node.attributes) === "image";
    const name = this.#list.unique(node.label);
    const isBytes = isImage && this.#image.kind === "bytes";
    this.#inputs.push(valueInfo(name, node.shape, isBytes ? "UINT8" : "FLOAT"));
    return isImage ? this.#normalized(name) : name;
  }

  /** `(pixel / 255 − mean) / std`, in the engine's order of operations. */
  #normalized(image: OnnxValue): OnnxValue {
    const { kind, mean, std } = this.#image;
    if (kind === "normalized") return image;
    const scope = "normalized";
    const step = (operator: string, x: OnnxValue, name: string, values: readonly number[]) =>
      this.#list.add(scope, operator, [x, this.#perChannel(`${scope}/${name}`, values)]);
    const { FLOAT } = TensorProto_DataType;
    const attributes: OnnxAttributes = { to: FLOAT };
    const unit =
      kind === "unit"
        ? image
        : step("Div", this.#list.add(scope, "Cast", [image], attributes), "255", [255]);
    return step("Div", step("Sub", unit, "mean", mean), "std", std);
  }

  #perChannel(name: string, values: readonly number[]): OnnxValue {
    const shape = values.length === 1 ? [] : [values.length, 1, 1];
    const tensor = { shape, values: Float32Array.from(values) };
    return this.#list.addConstant(floatTensor(this.#list.unique(name), tensor));
  }
}

function valueInfo(name: string, shape: Shape, type: "FLOAT" | "UINT8" = "FLOAT"): ValueInfoProto {
  const extents = shape.map((extent) => ({
    value: { case: "dimValue" as const, value: BigInt(extent) },
  }));
  const batch = { value: { case: "dimParam" as const, value: BATCH } };
  const tensor = { elemType: TensorProto_DataType[type], shape: { dim: [batch, ...extents] } };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: tensor } },
  });
}
