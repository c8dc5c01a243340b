import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import { GraphBuilder, type Tensor } from "../../src/graph/builder.js";
import type { Shape } from "../../src/graph/graph.js";
import { imageInput } from "../../src/graph/inputs.js";
import { add } from "../../src/graph/ops/add.js";
import { affineGrid } from "../../src/graph/ops/affine-grid.js";
import { avgPool2d } from "../../src/graph/ops/avg-pool2d.js";
import { batchAttention } from "../../src/graph/ops/batch-attention.js";
import { batchNorm1d, batchNorm2d } from "../../src/graph/ops/batch-norm.js";
import { channelMax } from "../../src/graph/ops/channel-max.js";
import { channelMean } from "../../src/graph/ops/channel-mean.js";
import { concat } from "../../src/graph/ops/concat.js";
import { conv2d } from "../../src/graph/ops/conv2d.js";
import { coordConv2d } from "../../src/graph/ops/coord-conv2d.js";
import { distancePenalty } from "../../src/graph/ops/distance-penalty.js";
import { div } from "../../src/graph/ops/div.js";
import { dropPath } from "../../src/graph/ops/drop-path.js";
import { dropout } from "../../src/graph/ops/dropout.js";
import { dropout2d } from "../../src/graph/ops/dropout2d.js";
import { flatten } from "../../src/graph/ops/flatten.js";
import { globalAvgPool2d } from "../../src/graph/ops/global-avg-pool2d.js";
import { globalMaxPool2d } from "../../src/graph/ops/global-max-pool2d.js";
import { gridSample } from "../../src/graph/ops/grid-sample.js";
import { groupNorm } from "../../src/graph/ops/group-norm.js";
import { ops } from "../../src/graph/ops/index.js";
import { interpolate } from "../../src/graph/ops/interpolate.js";
import { layerNorm } from "../../src/graph/ops/layer-norm.js";
import { linear } from "../../src/graph/ops/linear.js";
import { logSoftmax } from "../../src/graph/ops/log-softmax.js";
import { matmul } from "../../src/graph/ops/matmul.js";
import { maxPool2d } from "../../src/graph/ops/max-pool2d.js";
import { mul } from "../../src/graph/ops/mul.js";
import { nll } from "../../src/graph/ops/nll.js";
import { parameter } from "../../src/graph/ops/parameter.js";
import { projectiveGrid } from "../../src/graph/ops/projective-grid.js";
import { relu } from "../../src/graph/ops/relu.js";
import { reshape } from "../../src/graph/ops/reshape.js";
import { scaledDotProductAttention } from "../../src/graph/ops/scaled-dot-product-attention.js";
import { slice } from "../../src/graph/ops/slice.js";
import { softmax } from "../../src/graph/ops/softmax.js";
import { sub } from "../../src/graph/ops/sub.js";
import { thinPlateSplineGrid } from "../../src/graph/ops/thin-plate-spline-grid.js";
import { transpose } from "../../src/graph/ops/transpose.js";
import { windowAttention } from "../../src/graph/ops/window-attention.js";
import { valuesInput } from "./values-input.js";

type Build = (...inputs: Tensor[]) => Tensor;
type Call = readonly [message: string, shapes: readonly Shape[], build: Build];

const map = "a map [channels, rows, columns]";
const conv = (outChannels: number, kernelSize: number) => (x: Tensor) =>
  conv2d(x, "conv", { outChannels, kernelSize });
const coordConv = (outChannels: number, kernelSize: number) => (x: Tensor) =>
  coordConv2d(x, "conv", { outChannels, kernelSize });

const mistakes: readonly Call[] = [
  [
    "input: expected shape to be a list of whole numbers of 1 or more, got [1, 0, 3]",
    [],
    () => imageInput([1, 0, 3]),
  ],
  [
    "input: expected shape to be a list of whole numbers of 1 or more, got [1, 2.5, 3]",
    [],
    () => imageInput([1, 2.5, 3]),
  ],
  [`input: expected ${map}, got [28, 28]`, [], () => imageInput([28, 28])],
  [`input: expected ${map}, got []`, [], () => imageInput([])],
  [`conv2d: expected ${map}, got [7]`, [[7]], conv(2, 3)],
  ["conv2d: expected a map of at least 3×3, got [1, 2, 5]", [[1, 2, 5]], conv(2, 3)],
  ["conv2d: expected a map of at least 6×6, got [1, 6, 5]", [[1, 6, 5]], conv(2, 6)],
  [`batchNorm2d: expected ${map}, got [7]`, [[7]], (x) => batchNorm2d(x, "bn")],
  [
    "batchNorm1d: expected a vector [features], got [1, 5, 5]",
    [[1, 5, 5]],
    (x) => batchNorm1d(x, "bn"),
  ],
  [
    "batchNorm2d: expected momentum to be a number from 0 to 1, got 1.5",
    [[1, 5, 5]],
    (x) => batchNorm2d(x, "bn", { momentum: 1.5 }),
  ],
  [
    "layerNorm: expected eps to be a finite number of 0 or more, got -1",
    [[3]],
    (x) => layerNorm(x, "ln", { eps: -1 }),
  ],
  [
    `layerNorm: expected a vector [features] or ${map}, got [3, 4]`,
    [[3, 4]],
    (x) => layerNorm(x, "ln"),
  ],
  [
    "groupNorm: expected groups to divide 6 channels, got 4",
    [[6, 2, 2]],
    (x) => groupNorm(x, "gn", { groups: 4 }),
  ],
  [
    "conv2d: expected outChannels to be a whole number of 1 or more, got 0",
    [[1, 5, 5]],
    conv(0, 3),
  ],
  [
    "conv2d: expected kernelSize to be a whole number from 1 to 255, or a pair of them, got 1.5",
    [[1, 5, 5]],
    conv(2, 1.5),
  ],
  [
    "linear: expected a vector [features] or a map [channels, rows, columns], got [2, 3]",
    [[2, 3]],
    (x) => linear(x!, "fc", { outFeatures: 2 }),
  ],
  [
    "linear: expected outFeatures to be a whole number of 1 or more, got -1",
    [[4]],
    (x) => linear(x!, "fc", { outFeatures: -1 }),
  ],
  [`maxPool2d: expected ${map}, got [4]`, [[4]], (x) => maxPool2d(x!, 2)],
  [
    "maxPool2d: expected a map of at least 4×4, got [2, 3, 9]",
    [[2, 3, 9]],
    (x) => maxPool2d(x!, 4),
  ],
  ...([maxPool2d, avgPool2d] as const).flatMap((pool): Call[] => {
    const op = pool.name;
    const size = "a whole number of 1 or more, or two of them [rows, columns]";
    const x = [[2, 3, 9]];
    return [
      [`${op}: expected kernelSize to be ${size}, got 0`, x, (x) => pool(x!, 0)],
      [
        `${op}: expected kernelSize to be ${size}, got [1, 2, 3]`,
        x,
        (x) => pool(x!, [1, 2, 3] as never),
      ],
      [`${op}: expected kernelSize to be ${size}, got "2"`, x, (x) => pool(x!, "2" as never)],
      [
        `${op}: expected stride to be ${size}, got 0`,
        x,
        (x) => pool(x!, { kernelSize: 2, stride: 0 }),
      ],
      [
        `${op}: expected a padding of at most half of 3×3, got 2×2`,
        x,
        (x) => pool(x!, { kernelSize: 3, padding: 2 }),
      ],
      [`${op}: expected a map of at least 5×3, got [2, 3, 9]`, x, (x) => pool(x!, [5, 3])],
      [
        `${op}: expected a map of at least 5×5, got [2, 3, 9]`,
        x,
        (x) => pool(x!, { kernelSize: 7, padding: 1 }),
      ],
    ];
  }),
  [
    "maxPool2d: expected attributes kernelSize, stride, padding, got dilation",
    [[2, 3, 9]],
    (x) => maxPool2d(x!, { kernelSize: 2, dilation: 2 } as never),
  ],
  [`globalAvgPool2d: expected ${map}, got [4]`, [[4]], (x) => globalAvgPool2d(x!)],
  [`globalMaxPool2d: expected ${map}, got [4]`, [[4]], (x) => globalMaxPool2d(x!)],
  [`channelMean: expected ${map}, got [4]`, [[4]], (x) => channelMean(x!)],
  [`channelMax: expected ${map}, got [4]`, [[4]], (x) => channelMax(x!)],
  ["relu: expected 1 input, got 0", [], () => bare("relu")],
  ["dropout: expected p in [0, 1), got 1", [[4]], (x) => dropout(x!, 1)],
  ["dropout: expected p in [0, 1), got -0.1", [[4]], (x) => dropout(x!, -0.1)],
  ["dropout: expected p in [0, 1), got NaN", [[4]], (x) => dropout(x!, Number.NaN)],
  ["dropout2d: expected p in [0, 1), got 1", [[1, 2, 2]], (x) => dropout2d(x!, 1)],
  [`dropout2d: expected ${map}, got [4]`, [[4]], (x) => dropout2d(x!, 0.5)],
  [`coordConv2d: expected ${map}, got [4]`, [[4]], coordConv(2, 3)],
  ["coordConv2d: expected a map of at least 3×3, got [1, 2, 5]", [[1, 2, 5]], coordConv(2, 3)],
  [
    "affineGrid: expected a theta of [6], got [5]",
    [[5]],
    (theta) => affineGrid(theta!, { rows: 2, columns: 2 }),
  ],
  [
    "affineGrid: expected a vector [features], got [1, 2, 3]",
    [[1, 2, 3]],
    (theta) => affineGrid(theta!, { rows: 2, columns: 2 }),
  ],
  [
    "affineGrid: expected rows to be a whole number of 1 or more, got 0",
    [[6]],
    (theta) => affineGrid(theta!, { rows: 0, columns: 2 }),
  ],
  [
    "affineGrid: expected columns to be a whole number of 1 or more, got 0.5",
    [[6]],
    (theta) => affineGrid(theta!, { rows: 1, columns: 0.5 }),
  ],
  [
    "gridSample: expected a grid [2, rows, columns], got [3, 2, 2]",
    [
      [1, 4, 4],
      [3, 2, 2],
    ],
    (x, grid) => gridSample(x!, grid!),
  ],
  [`gridSample: expected ${map}, got [8]`, [[1, 4, 4], [8]], (x, grid) => gridSample(x!, grid!)],
  [`gridSample: expected ${map}, got [9]`, [[9], [2, 4, 4]], (x, grid) => gridSample(x!, grid!)],
  ...(
    [
      ["scaledDotProductAttention", scaledDotProductAttention],
      ["batchAttention", batchAttention],
    ] as const
  ).flatMap(([op, attention]): Call[] => [
    [
      `${op}: expected heads that divide the 4 channels, got 3`,
      [[4, 2, 2]],
      (x) => attention(x!, x!, x!, { heads: 3 }),
    ],
    [
      `${op}: expected heads to be a whole number of 1 or more, got 0`,
      [[4, 2, 2]],
      (x) => attention(x!, x!, x!, { heads: 0 }),
    ],
    [
      `${op}: expected inputs of one shape [4, 2, 2], got [4, 2, 3]`,
      [
        [4, 2, 2],
        [4, 2, 3],
      ],
      (q, k) => attention(q!, q!, k!, { heads: 2 }),
    ],
    [`${op}: expected ${map}, got [4]`, [[4]], (x) => attention(x!, x!, x!, { heads: 2 })],
  ]),
  ...([add, sub, mul, div] as const).flatMap((op): Call[] =>
    (
      [
        [[4], [5]],
        [
          [4, 2, 3],
          [5, 1, 1],
        ],
        [
          [4, 2, 3],
          [1, 2, 2],
        ],
        [
          [4, 2, 3],
          [4, 2, 1],
        ],
        [[4, 2, 3], [3]],
        [
          [4, 2],
          [4, 1, 1],
        ],
        [[4], []],
      ] as const
    ).map(([a, b]) => [
      `${op.name}: expected equal shapes, or [channels], [channels, 1, 1] or [1, rows, columns] beside a map, got [${a.join(", ")}] and [${b.join(", ")}]`,
      [a, b],
      (x, y) => op(x!, y!),
    ]),
  ),
  ["add: expected 1 or 2 inputs, got 0", [], () => bare("add")],
  [
    "mul: expected number to be a finite number in float32's range, got NaN",
    [[4]],
    (x) => mul(x!, Number.NaN),
  ],
  [
    "concat: expected shapes that differ from [1, 2, 3] only in axis 0, got [1, 3, 3]",
    [
      [1, 2, 3],
      [1, 3, 3],
    ],
    (a, b) => concat([a!, b!]),
  ],
  ["concat: expected dim below 1, the axes of [4], got 1", [[4]], (x) => concat([x!], 1)],
  ["concat: expected a list of tensors, got one tensor", [[4]], (x) => concat(x as never)],
  ["slice: expected dim below 1, the axes of [4], got 2", [[4]], (x) => slice(x!, 2, 0, 1)],
  [
    "slice: expected a start below the end, and an end of at most 4, got 2 and 2",
    [[4]],
    (x) => slice(x!, 0, 2, 2),
  ],
  [
    "slice: expected a start below the end, and an end of at most 4, got 2 and 5",
    [[4]],
    (x) => slice(x!, 0, 2, 5),
  ],
  [
    "reshape: expected a shape of 12 values, as [2, 2, 3], got [5, 2]",
    [[2, 2, 3]],
    (x) => reshape(x!, [5, 2]),
  ],
  [
    "softmax: expected a map, for a softmax over positions, got [4]",
    [[4]],
    (x) => softmax(x!, { over: "positions" }),
  ],
  [
    "softmax: expected over to be channels or positions, got 0",
    [[4]],
    (x) => softmax(x!, { over: 0 as never }),
  ],
  ...(
    [
      [
        [2, 3],
        [2, 3],
      ],
      [[2, 3], [3]],
      [
        [2, 2, 3],
        [3, 3, 2],
      ],
    ] as const
  ).map(
    ([a, b]): Call => [
      `matmul: expected [r, k] and [k, c], or [b, r, k] and [b, k, c], got [${a.join(", ")}] and [${b.join(", ")}]`,
      [a, b],
      (x, y) => matmul(x!, y!),
    ],
  ),
  ["dropPath: expected p in [0, 1), got 1", [[4]], (x) => dropPath(x!, 1)],
  [
    "windowAttention: expected rows and columns that are multiples of the window's 2×2, got [4, 2, 3]",
    [[4, 2, 3]],
    (x) => windowAttention(x!, x!, x!, { heads: 2, window: 2 }),
  ],
  [
    "windowAttention: expected heads that divide the 4 channels, got 3",
    [[4, 2, 2]],
    (x) => windowAttention(x!, x!, x!, { heads: 3 }),
  ],
  ...[[9], [2], [242]].map(
    ([size]): Call => [
      `thinPlateSplineGrid: expected a theta of [2 · K · K], K from 2 to 10, got [${size}]`,
      [[size!]],
      (theta) => thinPlateSplineGrid(theta!, { rows: 2, columns: 2 }),
    ],
  ),
  [
    "projectiveGrid: expected a theta of [8] or [9], got [6]",
    [[6]],
    (theta) => projectiveGrid(theta!, { rows: 2, columns: 2 }),
  ],
  [
    "interpolate: expected either size or scaleFactor, got neither",
    [[1, 2, 2]],
    (x) => interpolate(x!, { mode: "bilinear" } as never),
  ],
  [
    "interpolate: expected either size or scaleFactor, got both",
    [[1, 2, 2]],
    (x) => interpolate(x!, { size: 2, scaleFactor: 2 }),
  ],
  [
    "interpolate: expected alignCorners only with mode bilinear, got false",
    [[1, 2, 2]],
    (x) => interpolate(x!, { size: 2, alignCorners: false }),
  ],
  [
    "interpolate: expected a result of at least 1×1, got 0×0 of [1, 2, 2]",
    [[1, 2, 2]],
    (x) => interpolate(x!, { scaleFactor: 0.3 }),
  ],
  [
    'gridSample: expected paddingMode to be border or reflection, got "mirror"',
    [
      [1, 4, 4],
      [2, 2, 2],
    ],
    (x, grid) => gridSample(x!, grid!, { paddingMode: "mirror" as never }),
  ],
  ["transpose: expected two or three axes, got [4]", [[4]], (x) => transpose(x!, 0, 0)],
  [
    "transpose: expected dim1 below 2, the axes of [4, 3], got 2",
    [[4, 3]],
    (x) => transpose(x!, 0, 2),
  ],
  [
    "parameter: expected shape to be a list of whole numbers of 1 or more, got [0]",
    [[4]],
    (x) => parameter(x!, "token", { shape: [0] }),
  ],
  [`flatten: expected ${map}, got [4]`, [[4]], (x) => flatten(x!)],
  ["logSoftmax: expected a vector [features], got [2, 1, 1]", [[2, 1, 1]], (x) => logSoftmax(x!)],
  ["nll: expected a vector [features], got [2, 1, 1]", [[2, 1, 1]], (x) => nll(x!)],
  [
    "distancePenalty: expected a loss of shape [], got [3]",
    [[3], [2]],
    (loss, x) => distancePenalty(loss!, x!, { factor: 1, target: [0, 0] }),
  ],
  [
    "distancePenalty: expected a target of 2 numbers, got 3",
    [[3], [2]],
    (scores, x) => distancePenalty(nll(scores!), x!, { factor: 1, target: [0, 0, 0] }),
  ],
];

/** A node of this op without inputs. */
function bare(op: "relu" | "add"): Tensor {
  return new GraphBuilder().add(ops[op], { inputs: [], attributes: {}, label: op });
}

function attempt([, shapes, build]: Call): Tensor {
  const builder = new GraphBuilder();
  return build(...shapes.map((shape, index) => valuesInput(builder, `x${index}`, shape)));
}

/** The message without where in the network the op is. */
const withoutPosition = (message: string) =>
  message.replace(/( from x\d(?: and x\d)?)?(, in layer \w+)?$/, "");

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("shape rules", () => {
  it.each(mistakes)("%s", (...call) => {
    const error = thrownBy(() => attempt(call));
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as InputError;
    expect(withoutPosition(message)).toBe(call[0]);
  });

  it.each(mistakes.filter(([, shapes]) => shapes.length > 0))(
    "say which layer and which inputs: %s",
    (...call) => {
      const [message, shapes] = call;
      const said = (thrownBy(() => attempt(call)) as InputError).message;
      const layer = /\b(conv|bn|ln|gn|fc|token)\b/.exec(String(call[2]))?.[0];
      // coordConv2d and conv2d are called by functions that the table shares.
      const named = layer ?? (/^(conv2d|coordConv2d):/.test(message) ? "conv" : undefined);
      if (named !== undefined) expect(said).toContain(`, in layer ${named}`);
      const got = message.slice(message.indexOf(", got "));
      const isShape = shapes.some((shape) => got.includes(`[${shape.join(", ")}]`));
      if (isShape && shapes.length > 1) expect(said).toMatch(/ from x0(, x\d)* and x\d|from x0/);
      else if (isShape) expect(said).toContain(" from x0");
    },
  );

  const results: readonly (readonly [Shape, Shape, (x: Tensor) => Tensor])[] = [
    [[3, 7, 9], [5, 5, 7], conv(5, 3)],
    [[3, 3, 3], [5, 1, 1], conv(5, 3)],
    [[3, 7, 9], [3, 3, 4], (x) => maxPool2d(x, 2)],
    [[3, 7, 9], [3, 2, 3], (x) => maxPool2d(x, 3)],
    [[3, 7, 9], [5, 5, 7], coordConv(5, 3)],
    [[3, 7, 9], [189], flatten],
    [[3, 7, 9], [4, 7, 9], (x) => linear(x, "fc", { outFeatures: 4 })],
    [[3], [4], (x) => linear(x, "fc", { outFeatures: 4 })],
    [[6], [2, 3, 5], (x) => affineGrid(x, { rows: 3, columns: 5 })],
    [[2, 3, 5], [3, 10], (x) => reshape(x, [3, -1])],
    [[2, 3, 5], [2, 3, 2], (x) => slice(x, 2, 3)],
    [[2, 3, 5], [5, 3, 2], (x) => transpose(x, 0, 2)],
    [[6], [2, 1, 4], (x) => parameter(x, "token", { shape: [2, 1, 4] })],
    [[6], [6, 2, 3], (x) => add(x, parameter(x, "map", { shape: [1, 2, 3] }))],
    [[6], [], nll],
    [[6], [6], relu],
  ];

  it.each(results)("%j becomes %j", (from, to, build) => {
    expect(build(valuesInput(new GraphBuilder(), "x", from)).shape).toEqual(to);
  });
});
