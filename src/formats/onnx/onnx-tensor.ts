import { create } from "@bufbuild/protobuf";
import type { Shape } from "../../graph/graph.js";
import type { Tensor32 } from "../../graph/tensors.js";
import { type TensorProto, TensorProto_DataType, TensorProtoSchema } from "./onnx_pb.js";

/** A tensor of float32 as ONNX stores it: little-endian bytes. */
export function floatTensor(name: string, { shape, values }: Tensor32): TensorProto {
  const rawData = new Uint8Array(values.byteLength);
  const view = new DataView(rawData.buffer);
  for (const [at, value] of values.entries()) view.setFloat32(4 * at, value, true);
  return create(TensorProtoSchema, {
    ...{ name, dims: dims(shape), dataType: TensorProto_DataType.FLOAT, rawData },
  });
}

/** A tensor of whole numbers (int64). */
export function integerTensor(name: string, values: readonly number[], shape: Shape): TensorProto {
  const rawData = new Uint8Array(8 * values.length);
  const view = new DataView(rawData.buffer);
  for (const [at, value] of values.entries()) view.setBigInt64(8 * at, BigInt(value), true);
  return create(TensorProtoSchema, {
    ...{ name, dims: dims(shape), dataType: TensorProto_DataType.INT64, rawData },
  });
}

function dims(shape: Shape): bigint[] {
  return shape.map(BigInt);
}
