import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { everyChannel, sameChannels } from "./channels.js";
import type { ChannelReading, ImageOp, KernelContext, Tensor64 } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { showShape } from "./shapes.js";
import { notCounted } from "./work.js";

/** Extents of a product; one matrix where the operands are no stacks. */
interface Product {
  readonly matrices: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** @throws InputError where the shapes have no product */
function productOf(a: Shape, b: Shape): Product {
  const [columns, innerOfB, ...stackOfB] = b.toReversed();
  const [inner, rows, ...stack] = a.toReversed();
  const fits =
    a.length === b.length &&
    (a.length === 2 || a.length === 3) &&
    inner === innerOfB &&
    stack.join() === stackOfB.join();
  if (!fits) {
    const expected = "[r, k] and [k, c], or [b, r, k] and [b, k, c]";
    throw new InputError("matmul", expected, `${showShape(a)} and ${showShape(b)}`);
  }
  return { matrices: stack[0] ?? 1, rows: rows!, inner: inner!, columns: columns! };
}

/** Calls `visit` for every product of two values, with their indices and that of the sum, row-major. */
function forEachTerm(
  { matrices, rows, inner, columns }: Product,
  visit: (a: number, b: number, y: number) => void,
): void {
  for (let m = 0; m < matrices; m++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let k = 0; k < inner; k++)
          visit(
            (m * rows + i) * inner + k,
            (m * inner + k) * columns + j,
            (m * rows + i) * columns + j,
          );
}

/** All that is known of {@link matmul}. */
export const matmulOp: ImageOp<object> = {
  ...plainFacts("matmul"),
  attributes: {},
  inputCount: 2,
  readsChannels: matmulReads,
  keepsChannelsApart: false,
  multiplyAdds: ([a, b]) => {
    const { matrices, rows, inner, columns } = productOf(a!, b!);
    return matrices * rows * inner * columns;
  },
  work: {
    forward: { MatmulForward: notCounted, MatmulStackForward: notCounted },
    backward: { MatmulBackward: notCounted, MatmulStackBackward: notCounted },
  },
  drawing: { family: "linear", title: "matmul", caption: () => undefined, continuesLayer: false },

  shape([a, b]) {
    const { rows, columns } = productOf(a!, b!);
    return [...a!.slice(0, -2), rows, columns];
  },

  forward({ inputs, shape }) {
    const [a, b] = inputs as [Tensor64, Tensor64];
    const result = new Float64Array(sizeOf(shape));
    forEachTerm(productOf(a.shape, b.shape), (at, bt, yt) => {
      result[yt]! += a.values[at]! * b.values[bt]!;
    });
    return result;
  },

  // dL/da = g · bᵀ, dL/db = aᵀ · g
  backward({ inputs, gradient }) {
    const [a, b] = inputs as [Tensor64, Tensor64];
    const da = new Float64Array(a.values.length);
    const db = new Float64Array(b.values.length);
    forEachTerm(productOf(a.shape, b.shape), (at, bt, yt) => {
      da[at]! += gradient[yt]! * b.values[bt]!;
      db[bt]! += gradient[yt]! * a.values[at]!;
    });
    return { inputs: [da, db] };
  },

  onnx: (onnx) => onnx.add("MatMul", [onnx.input(0), onnx.input(1)]),

  emitForward(k) {
    const { matrices, ...sizes } = product(k);
    const words = { a: k.input(0), b: k.input(1), y: k.output(), ...sizes };
    if (k.shape.length === 2) k.call("MatmulForward", words);
    else k.call("MatmulStackForward", { ...words, matrices });
  },

  emitBackward(k) {
    const { matrices, ...sizes } = product(k);
    const [gy, ga, gb] = [k.outputGradient(), k.inputGradient(0), k.inputGradient(1)];
    const words = { a: k.input(0), b: k.input(1), gy, ga, gb, ...sizes };
    if (k.shape.length === 2) k.call("MatmulBackward", words);
    else k.call("MatmulStackBackward", { ...words, matrices });
  },
};

function product(k: KernelContext<object>): Product {
  return productOf(k.inputShapes[0]!, k.inputShapes[1]!);
}

/** The first axis: rows of a, inner of b, or the stack. */
function matmulReads(reading: ChannelReading<object>): readonly boolean[] {
  const isStack = reading.inputShapes[0]!.length === 3;
  return isStack || reading.input === 0 ? sameChannels(reading) : everyChannel(reading);
}

/**
 * Product of two matrices, or of the matrices of two stacks: `y[i, j] = Σ_k a[i, k] · b[k, j]`.
 *
 * [r, k] and [k, c] → [r, c]; [b, r, k] and [b, k, c] → [b, r, c]. As `torch.matmul` of one image. Tokens
 * [features, 1, tokens] are a matrix after `reshape(x, [features, tokens])`: a [m, features] matrix times it maps each
 * token. A stack's lanes hold its matrices: stacks of a multiple of 4 are fastest.
 *
 * @example
 * const tokens = reshape(x, [8, 196]); // a feature a row, a position a column
 * const products = matmul(transpose(tokens, 0, 1), tokens); // [196, 196], of each position with each other
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return addNode(matmulOp, { inputs: [a, b], attributes: {}, label: "matmul" });
}
