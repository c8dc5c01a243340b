import {
  type BatchNormAttributes,
  emitBatchNormBackward,
  emitBatchNormForward,
} from "../../graph/ops/batch-norm.js";
import { defineFusion } from "./fusion.js";
import { isOp, readersOf, whyNeeded } from "./matching.js";

/** Batch norm → ReLU in one step. */
export const batchNormRelu = defineFusion<BatchNormAttributes>({
  name: "batchNormRelu",
  why: "ReLU is a maximum more in the pass that normalises, instead of two passes and two maps of its own",
  match(graph, norm, kept) {
    if (!isOp(norm, "batchNorm2d") && !isOp(norm, "batchNorm1d")) return undefined;
    const relu = readersOf(graph, norm).find((reader) => isOp(reader, "relu"));
    if (relu === undefined) return undefined;
    const needed = whyNeeded(graph, norm, kept);
    if (needed !== undefined) return needed;
    return { nodes: [norm, relu], inputs: norm.inputs, attributes: norm.attributes };
  },
  meetings: (training) => (training ? 1 : 0),
  emitForward: (k) => emitBatchNormForward(k, true),
  emitBackward: (k) => emitBatchNormBackward(k, true),
});
