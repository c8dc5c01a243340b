import { sizeOf } from "../../graph/graph.js";
import { conv2dOp, emitConv2dBackward, emitConv2dForward } from "../../graph/ops/conv2d.js";
import { Ending } from "../../graph/ops/convolution/call.js";
import type { ConvAttributes } from "../../graph/ops/convolution/geometry.js";
import { defineFusion } from "./fusion.js";
import { isOp, readersOf, whyNeeded } from "./matching.js";

/** conv2d → ReLU in one step. */
export const convRelu = defineFusion<ConvAttributes>({
  name: "convRelu",
  why: "ReLU is a maximum more where results are stored, instead of two passes and two maps of its own",
  match(graph, conv, kept) {
    if (!isOp(conv, "conv2d")) return undefined;
    const relu = readersOf(graph, conv).find((reader) => isOp(reader, "relu"));
    if (relu === undefined) return undefined;
    const needed = whyNeeded(graph, conv, kept);
    if (needed !== undefined) return needed;
    return { nodes: [conv, relu], inputs: conv.inputs, attributes: conv.attributes };
  },
  emitForward: (k) => emitConv2dForward(k, Ending.relu),
  // The gradient with respect to the convolution takes the place of that with respect to ReLU.
  emitBackward(k) {
    k.call("ReluMask", { y: k.output(), g: k.outputGradient(), count: sizeOf(k.shape) });
    emitConv2dBackward(k);
  },
  work: conv2dOp.work,
});
