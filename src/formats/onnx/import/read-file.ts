import { fromBinary } from "@bufbuild/protobuf";
import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import type { Shape } from "../../../graph/graph.js";
import { sizeOf } from "../../../graph/graph.js";
import { graphLimits } from "../../../graph/graph-codec.js";
import {
  type AttributeProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from "../onnx_pb.js";
import { checkWire, damaged } from "./wire.js";

/** A constant of an ONNX graph. NaN in a list of whole numbers stands for the number of images. */
export interface Constant {
  readonly kind: "constant";
  readonly name: string;
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
  readonly isInteger: boolean;
}

/** Reads the bytes of an ONNX file. @throws InputError where they are none */
export function decodeFile(bytes: Uint8Array, where: string): ModelProto {
  checkWire(bytes, ModelProtoSchema, where);
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw damaged(where);
  }
  if (model.graph === undefined || model.graph.node.length === 0) {
    throw new InputError(where, "an ONNX file with a graph", "none");
  }
  if (model.functions.length > 0) {
    throw new InputError(where, "a graph of ONNX's own operators", "local functions");
  }
  return model;
}

/** An initialiser, or the value of a `Constant` node. @throws InputError naming it where it cannot be read */
export function constantOf(at: string, name: string, tensor: TensorProto): Constant {
  const shape = tensor.dims.map(Number);
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    throw new InputError(at, "values inside the file", "external data");
  }
  const fits = shape.every((extent) => extent >= 0 && extent <= graphLimits.values);
  if (!fits)
    throw new InputError(at, `extents from 0 to ${graphLimits.values}`, `[${shape.join(", ")}]`);
  const { values, isInteger } = valuesOf(at, tensor);
  if (values.length !== sizeOf(shape)) {
    throw new InputError(at, `${sizeOf(shape)} values`, String(values.length));
  }
  return { kind: "constant", name, shape, values, isInteger };
}

function valuesOf(
  at: string,
  { dataType, rawData, floatData, int32Data, int64Data, doubleData }: TensorProto,
): Pick<Constant, "values" | "isInteger"> {
  const { FLOAT, DOUBLE, INT64, INT32, BOOL } = TensorProto_DataType;
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const raw = (width: number, read: (offset: number) => number) => {
    if (rawData.length % width !== 0)
      throw new InputError(at, `values of ${width} bytes`, `${rawData.length} bytes`);
    const values = new Float64Array(rawData.length / width);
    return values.map((_, index) => read(index * width));
  };
  const isRaw = rawData.length > 0;
  switch (dataType) {
    case FLOAT:
      return {
        values: isRaw ? raw(4, (o) => view.getFloat32(o, true)) : floatData,
        isInteger: false,
      };
    case DOUBLE:
      return {
        values: isRaw ? raw(8, (o) => view.getFloat64(o, true)) : doubleData,
        isInteger: false,
      };
    case INT64:
      return {
        values: isRaw ? raw(8, (o) => Number(view.getBigInt64(o, true))) : int64Data.map(Number),
        isInteger: true,
      };
    case INT32:
      return { values: isRaw ? raw(4, (o) => view.getInt32(o, true)) : int32Data, isInteger: true };
    case BOOL:
      return { values: isRaw ? raw(1, (o) => view.getUint8(o)) : int32Data, isInteger: true };
    default: {
      const name = TensorProto_DataType[dataType] ?? String(dataType);
      throw new InputError(at, "values in float, double, int64, int32 or bool", name.toLowerCase());
    }
  }
}

/** A node's attributes, by name. */
export class Attributes {
  readonly #all: ReadonlyMap<string, AttributeProto>;
  readonly #at: string;

  constructor(at: string, { attribute }: NodeProto) {
    this.#at = at;
    this.#all = new Map(attribute.map((each) => [each.name, each]));
  }

  number(name: string, fallback: number): number {
    const found = this.#all.get(name);
    return found === undefined ? fallback : Number(found.i);
  }

  float(name: string, fallback: number): number {
    return this.#all.get(name)?.f ?? fallback;
  }

  text(name: string, fallback: string): string {
    const found = this.#all.get(name);
    return found === undefined ? fallback : new TextDecoder().decode(found.s);
  }

  list(name: string): number[] | undefined {
    return this.#all.get(name)?.ints.map(Number);
  }

  tensor(name: string): TensorProto | undefined {
    return this.#all.get(name)?.t;
  }

  /** @throws InputError where the attribute has another value than Fovea's ops have */
  expect(name: string, value: number): void {
    const found = this.number(name, value);
    if (found !== value) throw new InputError(this.#at, `${name} ${value}`, String(found));
  }

  /** The names of all that are there. */
  get names(): string[] {
    return [...this.#all.keys()].map(excerpt);
  }
}
