import { sizeOf } from "../../graph/graph.js";
import { defineFusion } from "./fusion.js";
import { isOp, readersOf, whyNeeded } from "./matching.js";

/** add of two tensors of one shape → ReLU in one step: the end of a residual block. */
export const addRelu = defineFusion<object>({
  name: "addRelu",
  why: "ReLU is a maximum more in the pass that adds, and backward writes both gradients in one pass",
  match(graph, sum, kept) {
    if (!isOp(sum, "add")) return undefined;
    const relu = readersOf(graph, sum).find((reader) => isOp(reader, "relu"));
    if (relu === undefined) return undefined;
    const [a, b] = sum.inputs.map((input) => graph.nodes[input]!.shape.join());
    if (b === undefined) return "one operand is a number";
    if (a !== b) return "operands of two shapes";
    const needed = whyNeeded(graph, sum, kept);
    if (needed !== undefined) return needed;
    return { nodes: [sum, relu], inputs: sum.inputs, attributes: {} };
  },
  emitForward(k) {
    const [a, b, y] = [k.input(0), k.input(1), k.output()];
    k.call("AddForward", { a, b, y, count: sizeOf(k.shape), relu: 1 });
  },
  // With s = a + b: dL/da = dL/db = g where s > 0, else 0
  emitBackward(k) {
    const [ga, gb] = [k.inputGradient(0), k.inputGradient(1)];
    const words = { y: k.output(), gy: k.outputGradient(), ga, gb };
    k.call("AddReluBackward", { ...words, count: sizeOf(k.shape) });
  },
});
