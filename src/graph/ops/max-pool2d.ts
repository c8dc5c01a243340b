import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { sameChannels } from "./channels.js";
import type { ImageOp, KernelContext, Pointer } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import {
  argmaxOf,
  forEachWindow,
  givenPool,
  onnxPool,
  type PoolAttributes,
  type PoolOptions,
  poolRules,
  poolWindows,
  showSize,
} from "./pool-windows.js";

export type MaxPool2dAttributes = PoolAttributes;

/** All that is known of {@link maxPool2d}. */
export const maxPool2dOp: ImageOp<MaxPool2dAttributes> = {
  ...plainFacts("maxPool2d"),
  attributes: poolRules,
  inputCount: 1,
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  drawing: {
    family: "plain",
    caption: (_inputs, { kernelSize }) => `max-pool ${showSize(kernelSize)}`,
    continuesLayer: true,
  },

  shape([input], attributes) {
    const { channels, rows, columns } = poolWindows("maxPool2d", input, attributes);
    return [channels, rows, columns];
  },

  forward({ inputs, attributes, shape }) {
    const { values, shape: inShape } = inputs[0]!;
    const y = new Float64Array(sizeOf(shape));
    forEachWindow(poolWindows("maxPool2d", inShape, attributes), ({ at, pixels }) => {
      y[at] = values[argmaxOf(values, pixels)]!;
    });
    return y;
  },

  // dL/dx[argmax of the window] += g[window]
  backward({ inputs, attributes, gradient }) {
    const { values, shape: inShape } = inputs[0]!;
    const dx = new Float64Array(values.length);
    forEachWindow(poolWindows("maxPool2d", inShape, attributes), ({ at, pixels }) => {
      dx[argmaxOf(values, pixels)]! += gradient[at]!;
    });
    return { inputs: [dx] };
  },

  onnx: (onnx) => onnx.add("MaxPool", [onnx.input(0)], onnxPool(onnx.attributes)),

  emitForward(k) {
    const windows = poolWindows("maxPool2d", k.inputShapes[0], k.attributes);
    k.call("MaxPoolForward", { x: k.input(0), y: k.output(), argmax: argmaxMemory(k), ...windows });
  },

  emitBackward: (k) => scatterToArgmax(k),
};

/** Memory for the position of each window's maximum; 0 where backward does not follow. */
export function argmaxMemory(k: KernelContext<unknown>): Pointer {
  return k.differentiates ? k.saved("argmax", sizeOf(k.shape)) : 0;
}

/** gx[argmax of the window] += gy[window] */
export function scatterToArgmax(k: KernelContext<unknown>): void {
  const [channels = 1, ...positions] = k.shape;
  const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
  const argmax = argmaxMemory(k);
  k.call("MaxPoolBackward", { argmax, gy, gx, windows: sizeOf(positions), channels });
}

/**
 * Maximum of each window of k×k values, at every s-th row and column; a remainder at the right and the bottom is left
 * out.
 *
 * `y[i, r, c] = max_{u, v < k} x[i, s·r + u − p, s·c + v − p]`, over the values inside the map
 *
 * [channels, rows, columns] → [channels, ⌊(rows + 2p − k) / s⌋ + 1, ⌊(columns + 2p − k) / s⌋ + 1].
 * As `torch.nn.MaxPool2d(k, stride=s, padding=p)`.
 * Kink: among equal values the first in row-major order gets the whole gradient, as in PyTorch. NaN counts as the
 * largest value.
 *
 * @param options size of the window, a number or [rows, columns]; or `{ kernelSize, stride, padding }`, each a number
 *   or [rows, columns]. Default: a stride of the window's size, padding 0
 * @example
 * const y = maxPool2d(x, 2); // [8, 7, 7]
 * const overlapping = maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }); // [8, 7, 7]
 */
export function maxPool2d(x: Tensor, options: PoolOptions<MaxPool2dAttributes>): Tensor {
  const attributes = givenPool<MaxPool2dAttributes>(options);
  return addNode(maxPool2dOp, { inputs: [x], attributes, label: "maxPool2d" });
}
