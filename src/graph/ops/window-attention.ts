import { InputError } from "../../errors.js";
import { attend, attendBackward, type Tokens } from "../attention.js";
import {
  addNode,
  checkLayer,
  checkTensor,
  inNetwork,
  type Sharing,
  type Tensor,
} from "../builder.js";
import { type Initialization, type Shape, sizeOf } from "../graph.js";
import type { OnnxValue, OnnxWriter } from "../onnx.js";
import {
  boolean,
  later,
  pairOf,
  type Size2d,
  shortestSize,
  size2d,
  wholeNumber,
} from "./attributes.js";
import { onnxAttention, onnxReshape } from "./onnx-nodes.js";
import type { ImageOp, KernelContext, ReferenceCall, Tensor64 } from "./op.js";
import { expectParameters } from "./parameters.js";
import { plainFacts } from "./plain-facts.js";
import {
  attentionCaption,
  attentionReads,
  attentionShape,
  attentionWork,
} from "./scaled-dot-product-attention.js";
import { mapShape, showShape } from "./shapes.js";
import { notCounted } from "./work.js";

export interface WindowAttentionAttributes {
  /** Number of heads: each attends over an equal share of the channels. */
  readonly heads: number;
  /** Rows and columns of a window. Missing: the whole map. */
  readonly window?: Size2d;
  /** Whether a learned table gives the scores a bias. Missing: false. */
  readonly relativePositionBias?: boolean;
}

type Call = ReferenceCall<WindowAttentionAttributes>;

/** Rows and columns of a window. */
function windowOf(shape: Shape, { window }: WindowAttentionAttributes): readonly [number, number] {
  const [, rows, columns] = mapShape("windowAttention", shape);
  return window === undefined ? [rows, columns] : pairOf(window);
}

/** Shape of the table: one row for each difference of two positions in a window. */
function tableShape(shape: Shape, attributes: WindowAttentionAttributes): Shape {
  const [rows, columns] = windowOf(shape, attributes);
  return [(2 * rows - 1) * (2 * columns - 1), attributes.heads];
}

/** The row of the table for a query and a key, numbered within their window. */
function tableRow(query: number, key: number, [rows, columns]: readonly [number, number]): number {
  const down = Math.floor(query / columns) - Math.floor(key / columns) + rows - 1;
  const right = (query % columns) - (key % columns) + columns - 1;
  return down * (2 * columns - 1) + right;
}

/** Positions of each window's tokens in the map. */
function windowsIn(shape: Shape, attributes: WindowAttentionAttributes): number[][] {
  const [, rows, columns] = mapShape("windowAttention", shape);
  const [height, width] = windowOf(shape, attributes);
  const across = columns / width;
  return Array.from({ length: (rows / height) * across }, (_, at) => {
    const corner = Math.floor(at / across) * height * columns + (at % across) * width;
    return Array.from(
      { length: height * width },
      (_, token) => corner + Math.floor(token / width) * columns + (token % width),
    );
  });
}

/** The table's bias for each query and key of a window: [head, 1, tokens, tokens]. */
function onnxBias(
  onnx: OnnxWriter<WindowAttentionAttributes>,
  window: readonly [number, number],
): OnnxValue {
  const tokens = window[0] * window[1];
  const rows = Array.from({ length: tokens * tokens }, (_, at) =>
    tableRow(Math.floor(at / tokens), at % tokens, window),
  );
  const indices = onnx.integers("pairs", rows, [tokens, tokens]);
  const pairs = onnx.add("Gather", [onnx.parameter(0), indices], { axis: 0 });
  const heads = onnx.add("Transpose", [pairs], { perm: [2, 0, 1] });
  return onnx.add("Unsqueeze", [heads, onnx.integers("axes", [1])]);
}

/** Tokens [token][channel] of a map [channel][position]. */
function gather({ values, shape }: Tensor64, positions: readonly number[]): Float64Array {
  const width = shape[0]!;
  const all = values.length / width;
  return Float64Array.from(
    { length: positions.length * width },
    (_, at) => values[(at % width) * all + positions[Math.floor(at / width)]!]!,
  );
}

/** The inverse of `gather`. */
function scatter(
  tokens: Float64Array,
  map: Float64Array,
  width: number,
  positions: readonly number[],
) {
  const all = map.length / width;
  for (const [at, value] of tokens.entries()) {
    map[(at % width) * all + positions[Math.floor(at / width)]!] = value;
  }
}

function tokensOf(
  { inputs, parameters, attributes, shape }: Call,
  positions: readonly number[],
): Tokens {
  const [q, k, v] = inputs.map((input) => gather(input, positions));
  const { heads } = attributes;
  const window = windowOf(shape, attributes);
  const table = parameters[0]?.values;
  return {
    ...{ q: q!, k: k!, v: v!, count: positions.length, width: shape[0]!, heads },
    bias: (head, i, j) => table?.[tableRow(i, j, window) * heads + head] ?? 0,
  };
}

/** All that is known of {@link windowAttention}. */
export const windowAttentionOp: ImageOp<WindowAttentionAttributes> = {
  ...plainFacts("windowAttention"),
  attributes: {
    heads: wholeNumber(1),
    window: later(size2d(1)),
    relativePositionBias: later(boolean),
  },
  inputCount: 3,
  parameterLayouts: ["rows"],
  checkParameters([query], attributes, parameters) {
    const expected = attributes.relativePositionBias ? [tableShape(query!, attributes)] : [];
    expectParameters("windowAttention", expected, parameters);
  },
  readsChannels: attentionReads,
  keepsChannelsApart: false,
  multiplyAdds: ([query], attributes) =>
    attentionWork(sizeOf(query!), sizeOf(windowOf(query!, attributes))),
  work: {
    forward: { WindowAttentionForward: notCounted },
    backward: { WindowAttentionBackward: notCounted },
  },
  drawing: {
    family: "attention",
    title: "attention in windows",
    caption: attentionCaption,
    continuesLayer: false,
  },

  shape(inputs, attributes) {
    const shape = attentionShape("windowAttention", inputs, attributes.heads);
    const [, rows, columns] = mapShape("windowAttention", shape);
    const [height, width] = windowOf(shape, attributes);
    if (rows % height !== 0 || columns % width !== 0) {
      const expected = `rows and columns that are multiples of the window's ${height}×${width}`;
      throw new InputError("windowAttention", expected, showShape(shape));
    }
    return shape;
  },

  forward(call) {
    const y = new Float64Array(sizeOf(call.shape));
    for (const positions of windowsIn(call.shape, call.attributes)) {
      scatter(attend(tokensOf(call, positions)), y, call.shape[0]!, positions);
    }
    return y;
  },

  // see `attendBackward`; dL/dB[p_i − p_j] = Σ dL/d(score of i and j)
  backward(call) {
    const { shape, attributes, gradient, parameters } = call;
    const gradients = ["dq", "dk", "dv"].map(() => new Float64Array(gradient.length));
    const dTable = parameters.map(({ values }) => new Float64Array(values.length));
    const window = windowOf(shape, attributes);
    for (const positions of windowsIn(shape, attributes)) {
      const g = gather({ shape, values: gradient }, positions);
      const { dq, dk, dv } = attendBackward(tokensOf(call, positions), g, (head, i, j, d) => {
        for (const table of dTable) table[tableRow(i, j, window) * attributes.heads + head]! += d;
      });
      for (const [input, d] of [dq, dk, dv].entries()) {
        scatter(d, gradients[input]!, shape[0]!, positions);
      }
    }
    return { inputs: gradients, parameters: dTable };
  },

  onnx(onnx) {
    const { heads } = onnx.attributes;
    const [channels, rows, columns] = mapShape("windowAttention", onnx.shape);
    const [height, width] = windowOf(onnx.shape, onnx.attributes);
    const [down, across, size] = [rows / height, columns / width, channels / heads];
    // [batch, head, channel, window's row, row, window's column, column]
    const [q, k, v] = [0, 1, 2].map((input) =>
      onnxReshape(onnx, onnx.input(input), [heads, size, down, height, across, width]),
    ) as [string, string, string];
    const [windows, tokens] = [down * across, height * width];
    const tokensOfWindows = (x: string) => {
      const apart = onnx.add("Transpose", [x], { perm: [0, 1, 3, 5, 4, 6, 2] });
      return onnxReshape(onnx, apart, [heads, windows, tokens, size]);
    };
    const apart = onnx.add("Transpose", [k], { perm: [0, 1, 3, 5, 2, 4, 6] });
    const keys = onnxReshape(onnx, apart, [heads, windows, size, tokens]);
    const bias = onnx.attributes.relativePositionBias ? onnxBias(onnx, [height, width]) : undefined;
    const y = onnxAttention(onnx, {
      ...{ q: tokensOfWindows(q), k: keys, v: tokensOfWindows(v), size },
      ...(bias !== undefined && { bias }),
    });
    const spread = onnxReshape(onnx, y, [heads, down, across, height, width, size]);
    const map = onnx.add("Transpose", [spread], { perm: [0, 1, 6, 2, 4, 3, 5] });
    return onnxReshape(onnx, map, onnx.shape);
  },

  emitForward(k) {
    const bias = emitBias(k);
    k.call("WindowAttentionForward", {
      ...{ q: k.input(0), k: k.input(1), v: k.input(2), out: k.output() },
      ...{ ...memory(k), bias, ...sizes(k) },
    });
  },

  emitBackward(k) {
    const hasBias = k.attributes.relativePositionBias === true;
    k.call("WindowAttentionBackward", {
      ...{ q: k.input(0), k: k.input(1), v: k.input(2) },
      ...memory(k),
      gOut: k.outputGradient(),
      ...{ gq: k.inputGradient(0), gk: k.inputGradient(1), gv: k.inputGradient(2) },
      gTable: hasBias ? k.parameterGradient(0) : 0,
      ...sizes(k),
      tableStride: hasBias ? k.rowStride(0) : 0,
    });
  },
};

type Kernels = KernelContext<WindowAttentionAttributes>;

function sizes(k: Kernels) {
  const [width, rows, columns] = mapShape("windowAttention", k.shape);
  const [windowRows, windowColumns] = windowOf(k.shape, k.attributes);
  return { rows, columns, windowRows, windowColumns, width, heads: k.attributes.heads };
}

/** Values of the scores of one head in one window. */
function scoresOf({ windowRows, windowColumns }: ReturnType<typeof sizes>): number {
  const tokens = windowRows * windowColumns;
  return tokens * 4 * Math.ceil(tokens / 4);
}

/** The softmax of all pairs; and, for one window, eight copies of its tokens, and its scores. */
function memory(k: Kernels) {
  const all = sizes(k);
  const tokens = all.windowRows * all.windowColumns;
  const windows = (all.rows * all.columns) / tokens;
  return {
    weights: k.saved("weights", windows * all.heads * scoresOf(all)),
    scratch: k.scratch("window", 8 * (tokens * all.width + 8) + scoresOf(all)),
  };
}

/** The bias of each pair of tokens, once per step; 0 where there is none. */
function emitBias(k: Kernels): number {
  if (k.attributes.relativePositionBias !== true) return 0;
  const { windowRows: rows, windowColumns: columns, heads } = sizes(k);
  const bias = k.scratch("bias", heads * scoresOf(sizes(k)));
  const table = k.parameter(0);
  k.prologue("RelativeBias", { bias, table, rows, columns, heads, stride: k.rowStride(0) });
  return bias;
}

/** A learned bias of the scores, by the difference of two positions. */
export interface RelativePositionBias extends Sharing {
  /** Name of its table, as in PyTorch's `state_dict`. */
  readonly name: string;
  /** Default all 0. */
  readonly initialization?: Initialization;
}

/**
 * Attention of positions to each other within windows, or within the whole map, with a learned bias of the scores.
 *
 * `o_i = Σ_j softmax_j(q_i · k_j / √d + B[p_i − p_j]) v_j` for positions i, j of one window, in each head over its
 * d = channels / heads channels. Windows are squares (or rectangles) side by side. B has one row for each difference of
 * positions in a window, `(Δrow + rows − 1) · (2 · columns − 1) + Δcolumn + columns − 1`, and one column for each head.
 *
 * q, k, v: [channels, rows, columns] → the same. As `torch.nn.functional.scaled_dot_product_attention` in each window,
 * with B as `attn_mask`; B is Swin's `relative_position_bias_table`. The softmax of all pairs is kept for backward.
 * Paper: Liu et al., "Swin transformer", ICCV 2021.
 *
 * @param q queries, a map [channels, rows, columns]
 * @param k keys, a map of the same shape
 * @param v values, a map of the same shape
 * @param options.heads number of heads; must divide the channels
 * @param options.window side of a window, or [rows, columns]; must divide the map's. Default the whole map
 * @param options.bias a learned bias of the scores; default none
 * @example
 * const y = windowAttention(x, x, x, { heads: 2, window: 7 }); // [8, 14, 14], in four windows
 */
export function windowAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: {
    readonly heads: number;
    readonly window?: Size2d;
    readonly bias?: RelativePositionBias;
  },
): Tensor {
  checkTensor("windowAttention", q);
  const { bias, window, ...others } = Object(options) as typeof options;
  const attributes = {
    ...others,
    window: window === undefined ? undefined : shortestSize(window),
    relativePositionBias: bias === undefined ? undefined : true,
  };
  if (bias === undefined) {
    return addNode(windowAttentionOp, { inputs: [q, k, v], attributes, label: "windowAttention" });
  }
  return biasedNode([q, k, v], attributes, bias);
}

function biasedNode(
  inputs: readonly Tensor[],
  attributes: WindowAttentionAttributes,
  bias: RelativePositionBias,
): Tensor {
  checkLayer("windowAttention", inputs[0]!, bias?.name, bias, ["name", "initialization"]);
  const { name, initialization = { kind: "constant", value: 0 }, share } = bias;
  const shape = inNetwork("windowAttention", name, inputs, () =>
    tableShape(mapShape("windowAttention", inputs[0]!.shape), attributes),
  );
  const parameters = [{ name, shape, initialization }];
  return addNode(windowAttentionOp, { inputs, attributes, parameters, label: name, share });
}
