import type { OnnxAttributes } from "../../onnx.js";
import type { ConvGeometry } from "./geometry.js";

/** Attributes of ONNX's `Conv`. */
export function onnxConvolution({ rows, columns, groups }: ConvGeometry): OnnxAttributes {
  return {
    kernel_shape: [rows.kernel, columns.kernel],
    strides: [rows.stride, columns.stride],
    dilations: [rows.dilation, columns.dilation],
    pads: [rows.before, columns.before, rows.after, columns.after],
    group: groups,
  };
}
