import { create } from "@bufbuild/protobuf";
import type { OnnxAttributes, OnnxValue } from "../../graph/onnx.js";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
} from "./onnx_pb.js";

/** The nodes and constants of an ONNX graph while it is being written. Names are unique. */
export class NodeList {
  #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];
  readonly #names = new Set<string>();

  /** The name, with a number where it is taken. */
  unique(name: string): string {
    let free = name;
    for (let number = 2; this.#names.has(free); number++) free = `${name}_${number}`;
    this.#names.add(free);
    return free;
  }

  addConstant(tensor: TensorProto): OnnxValue {
    this.#constants.push(tensor);
    return tensor.name;
  }

  /** Adds a node `scope/operator`, whose result has its name. */
  add(
    scope: string,
    opType: string,
    input: readonly OnnxValue[],
    attributes: OnnxAttributes = {},
  ): OnnxValue {
    if (opType === "Transpose") {
      return this.#addTranspose(scope, input[0]!, attributes.perm as readonly number[]);
    }
    return this.#push(scope, opType, input, attributes);
  }

  /** Two transpositions in a row are one, or none. */
  #addTranspose(scope: string, x: OnnxValue, perm: readonly number[]): OnnxValue {
    const before = this.#nodes.find(({ output }) => output[0] === x);
    if (before?.opType !== "Transpose") return this.#push(scope, "Transpose", [x], { perm });
    const [first] = before.attribute;
    const both = perm.map((axis) => Number(first!.ints[axis]));
    if (both.every((axis, at) => axis === at)) return before.input[0]!;
    return this.#push(scope, "Transpose", [before.input[0]!], { perm: both });
  }

  #push(
    scope: string,
    opType: string,
    input: readonly OnnxValue[],
    attributes: OnnxAttributes,
  ): OnnxValue {
    const name = this.unique(`${scope}/${opType}`);
    const attribute = Object.entries(attributes).map(attributeOf);
    const last = input.findLastIndex((each) => each !== "");
    this.#nodes.push(
      create(NodeProtoSchema, {
        ...{ name, opType, attribute, input: input.slice(0, last + 1), output: [name] },
      }),
    );
    return name;
  }

  /** Names the node that makes a value, and the value, after what it is. */
  rename(value: OnnxValue, name: string): OnnxValue {
    const node = this.#nodes.find(({ output }) => output[0] === value);
    if (node === undefined) return value;
    const free = this.unique(name);
    node.name = free;
    node.output = [free];
    for (const { input } of this.#nodes) {
      for (const [at, each] of input.entries()) if (each === value) input[at] = free;
    }
    return free;
  }

  /** How many nodes there are: those from here on are later. */
  get length(): number {
    return this.#nodes.length;
  }

  /** Whether a node made this value after there were `length` nodes. */
  isAfter(length: number, value: OnnxValue): boolean {
    return this.#nodes.findIndex(({ output }) => output[0] === value) >= length;
  }

  /** The nodes and constants that these values depend on, in order. */
  neededFor(outputs: readonly OnnxValue[]): {
    readonly nodes: readonly NodeProto[];
    readonly constants: readonly TensorProto[];
    readonly values: ReadonlySet<string>;
  } {
    const values = new Set(outputs);
    const nodes = this.#nodes
      .toReversed()
      .filter(({ input, output }) => {
        if (!output.some((each) => values.has(each))) return false;
        for (const each of input) values.add(each);
        return true;
      })
      .toReversed();
    return { nodes, constants: this.#constants.filter(({ name }) => values.has(name)), values };
  }
}

function attributeOf([name, value]: [string, OnnxAttributes[string]]): AttributeProto {
  const { FLOAT, INT, INTS, STRING } = AttributeProto_AttributeType;
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  }
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) {
    return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
}
