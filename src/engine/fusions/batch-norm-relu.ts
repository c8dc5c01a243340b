import {
  type BatchNormAttributes,
  emitBatchNormBackward,
  emitBatchNormForward,
} from "../../graph/ops/batch-norm.js";
import { defineFusion } from "./fusion.js";
import { isOp, onlyReader } from "./matching.js";

/** Batch norm → ReLU in one step. */
export const batchNormRelu = defineFusion<BatchNormAttributes>({
  name: "batchNormRelu",
  why: "ReLU is a maximum more in the pass that normalises, instead of two passes and two maps of its own",
  match(graph, norm, kept) {
    if (!isOp(norm, "batchNorm2d") && !isOp(norm, "batchNorm1d")) return undefined;
    const relu = onlyReader(graph, norm, kept);
    if (!isOp(relu, "relu")) return undefined;
    return { nodes: [norm, relu], inputs: norm.inputs, attributes: norm.attributes };
  },
  meetings: (training) => (training ? 1 : 0),
  emitForward: (k) => emitBatchNormForward(k, true),
  emitBackward: (k) => emitBatchNormBackward(k, true),
});
