import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { boolean, later } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import {
  forEachWindow,
  givenPool,
  onnxPool,
  type PoolAttributes,
  type PoolOptions,
  poolRules,
  poolWindows,
  showSize,
  type Windows,
} from "./pool-windows.js";

export interface AvgPool2dAttributes extends PoolAttributes {
  /** Whether a mean counts the padding, as zeros. Missing: true. */
  readonly countIncludePad?: boolean;
}

/** What a window's sum is divided by. @param inside number of its pixels inside the map */
function divisor(
  { kernelRows, kernelColumns }: Windows,
  inside: number,
  { countIncludePad = true }: AvgPool2dAttributes,
): number {
  return countIncludePad ? kernelRows * kernelColumns : inside;
}

/** All that is known of {@link avgPool2d}. */
export const avgPool2dOp: ImageOp<AvgPool2dAttributes> = {
  ...plainFacts("avgPool2d"),
  attributes: { ...poolRules, countIncludePad: later(boolean) },
  inputCount: 1,
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  drawing: {
    family: "plain",
    caption: (_inputs, { kernelSize }) => `average-pool ${showSize(kernelSize)}`,
    continuesLayer: true,
  },

  shape([input], attributes) {
    const { channels, rows, columns } = poolWindows("avgPool2d", input, attributes);
    return [channels, rows, columns];
  },

  forward({ inputs, attributes, shape }) {
    const { values, shape: inShape } = inputs[0]!;
    const windows = poolWindows("avgPool2d", inShape, attributes);
    const y = new Float64Array(sizeOf(shape));
    forEachWindow(windows, ({ at, pixels }) => {
      const sum = pixels.reduce((total, pixel) => total + values[pixel]!, 0);
      y[at] = sum / divisor(windows, pixels.length, attributes);
    });
    return y;
  },

  // dL/dx[pixels of the window] += g[window] / n
  backward({ inputs, attributes, gradient }) {
    const { values, shape: inShape } = inputs[0]!;
    const windows = poolWindows("avgPool2d", inShape, attributes);
    const dx = new Float64Array(values.length);
    forEachWindow(windows, ({ at, pixels }) => {
      const g = gradient[at]! / divisor(windows, pixels.length, attributes);
      for (const pixel of pixels) dx[pixel]! += g;
    });
    return { inputs: [dx] };
  },

  onnx(onnx) {
    const { countIncludePad = true } = onnx.attributes;
    const count = { count_include_pad: Number(countIncludePad) };
    return onnx.add("AveragePool", [onnx.input(0)], { ...onnxPool(onnx.attributes), ...count });
  },

  emitForward(k) {
    const windows = poolWindows("avgPool2d", k.inputShapes[0], k.attributes);
    const countIncludePad = Number(k.attributes.countIncludePad ?? true);
    k.call("AvgPoolForward", { x: k.input(0), y: k.output(), ...windows, countIncludePad });
  },

  emitBackward(k) {
    const windows = poolWindows("avgPool2d", k.inputShapes[0], k.attributes);
    const countIncludePad = Number(k.attributes.countIncludePad ?? true);
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("AvgPoolBackward", { gy, gx, ...windows, countIncludePad });
  },
};

/**
 * Mean of each window of k×k values, at every s-th row and column; a remainder at the right and the bottom is left out.
 *
 * `y[i, r, c] = Σ_{u, v < k} x[i, s·r + u − p, s·c + v − p] / n`, over the values inside the map; n = k², or the number
 * of values inside the map with `countIncludePad: false`
 *
 * [channels, rows, columns] → [channels, ⌊(rows + 2p − k) / s⌋ + 1, ⌊(columns + 2p − k) / s⌋ + 1].
 * As `torch.nn.AvgPool2d(k, stride=s, padding=p, count_include_pad=True)`.
 *
 * @param options size of the window, a number or [rows, columns]; or `{ kernelSize, stride, padding, countIncludePad }`,
 *   sizes a number or [rows, columns]. Default: a stride of the window's size, padding 0, countIncludePad true
 * @example
 * const y = avgPool2d(x, 2); // [8, 7, 7]
 * const smoothed = avgPool2d(x, { kernelSize: 3, stride: 1, padding: 1 }); // [8, 14, 14]
 */
export function avgPool2d(x: Tensor, options: PoolOptions<AvgPool2dAttributes>): Tensor {
  const given = givenPool<AvgPool2dAttributes>(options);
  const isDefault = given.countIncludePad === true;
  const attributes = isDefault ? { ...given, countIncludePad: undefined } : given;
  return addNode(avgPool2dOp, { inputs: [x], attributes, label: "avgPool2d" });
}
