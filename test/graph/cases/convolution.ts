import { type Conv2dOptions, conv2d } from "../../../src/graph/ops/conv2d.js";
import { coordConv2d } from "../../../src/graph/ops/coord-conv2d.js";
import { dropout2d } from "../../../src/graph/ops/dropout2d.js";
import { maxPool2d } from "../../../src/graph/ops/max-pool2d.js";
import { relu } from "../../../src/graph/ops/relu.js";
import type { OpCase } from "../op-case.js";
import type { OpCases } from "./index.js";

/** Around the borders of the kernels' blocks of 4 and 8 channels. */
export const channelCounts = [1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 16, 17, 20];

interface Convolution {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly rows: number;
  readonly columns: number;
}

function convolution(sizes: Convolution): OpCase {
  const { inChannels, outChannels, kernelSize, rows, columns } = sizes;
  return {
    name: `${inChannels}→${outChannels} channels, kernel ${kernelSize}, map ${rows}×${columns}`,
    inputs: [[inChannels, rows, columns]],
    build: (x) => conv2d(x, "conv", { outChannels, kernelSize }),
  };
}

function coordConvolution(sizes: Convolution): OpCase {
  const { outChannels, kernelSize } = sizes;
  return {
    ...convolution(sizes),
    build: (x) => coordConv2d(x, "conv", { outChannels, kernelSize }),
  };
}

/** A convolution with other options than PyTorch's defaults. */
function general(
  name: string,
  op: typeof conv2d,
  shape: readonly [number, number, number],
  options: Conv2dOptions,
): OpCase {
  return {
    name: `${name} of [${shape.join(", ")}], ${JSON.stringify(options)}`,
    inputs: [shape],
    build: (x) => op(x, "conv", options),
  };
}

/** Padding, strides, dilation, kernels that are not square, no bias. */
function generalCases(name: string, op: typeof conv2d): OpCase[] {
  const options: readonly Partial<Conv2dOptions>[] = [
    { padding: 1 },
    { padding: "same", kernelSize: [2, 4] },
    { padding: [0, 2], kernelSize: [1, 3] },
    { padding: 3, kernelSize: 2 },
    { stride: 2 },
    { stride: [3, 1], padding: 1 },
    { stride: 2, kernelSize: 1 },
    { stride: 3, kernelSize: 2, padding: 1 },
    { dilation: 2 },
    { dilation: [1, 3], padding: [1, 3], kernelSize: [3, 2] },
    { dilation: 2, stride: 2, padding: 2 },
    { dilation: [2, 3], stride: [3, 2], padding: [3, 2], kernelSize: [4, 2] },
    { stride: [4, 2], kernelSize: [2, 5], padding: [1, 4] },
    { stride: [7, 5], kernelSize: 1, padding: [1, 3] },
    { bias: false, kernelSize: [3, 1] },
    { kernelSize: 1 },
  ];
  return options.flatMap((each) =>
    [
      { in: 1, out: 3 },
      { in: 3, out: 10 },
      { in: 5, out: 16 },
    ].map((channels) =>
      general(name, op, [channels.in, 7, 9], { kernelSize: 3, outChannels: channels.out, ...each }),
    ),
  );
}

/** Convolution, pooling and ReLU, which the engine fuses. */
function block(
  sizes: Convolution,
  p: number | undefined,
  training: boolean,
  op: typeof conv2d = conv2d,
): OpCase {
  const { outChannels, kernelSize } = sizes;
  const dropout = p === undefined ? "" : `, dropout2d ${p} ${training ? "in training" : "off"}`;
  return {
    ...convolution(sizes),
    name: `${op.name}, ${convolution(sizes).name}${dropout}`,
    build(x) {
      const y = op(x, "conv", { outChannels, kernelSize });
      return relu(maxPool2d(p === undefined ? y : dropout2d(y, p), 2));
    },
    training,
  };
}

const convolutionCases: readonly OpCase[] = [
  ...channelCounts.map((outChannels) =>
    convolution({ inChannels: 3, outChannels, kernelSize: 3, rows: 5, columns: 8 }),
  ),
  ...channelCounts.map((inChannels) =>
    convolution({ inChannels, outChannels: 5, kernelSize: 2, rows: 4, columns: 6 }),
  ),
  ...[1, 2, 3, 4, 5, 6, 7].map((kernelSize) =>
    convolution({ inChannels: 1, outChannels: 6, kernelSize, rows: 7, columns: 9 }),
  ),
  convolution({ inChannels: 1, outChannels: 1, kernelSize: 1, rows: 1, columns: 1 }),
  convolution({ inChannels: 3, outChannels: 9, kernelSize: 5, rows: 5, columns: 5 }),
  ...generalCases("conv2d", conv2d),
  ...[
    { in: 6, out: 6, groups: 6 },
    { in: 4, out: 4, groups: 4, kernelSize: [2, 5] as const },
    { in: 4, out: 4, groups: 4, kernelSize: [2, 3] as const },
    { in: 5, out: 5, groups: 5, stride: 2 },
    { in: 6, out: 6, groups: 6, stride: 2, dilation: 2 },
    { in: 9, out: 9, groups: 9, stride: [1, 2] as const, dilation: [2, 3] as const },
    { in: 4, out: 4, groups: 4, stride: [3, 2] as const, kernelSize: [4, 6] as const, padding: 2 },
    { in: 5, out: 5, groups: 5, stride: 3, kernelSize: 2 },
    { in: 9, out: 9, groups: 9, dilation: 2 },
    { in: 3, out: 6, groups: 3 },
    { in: 8, out: 12, groups: 4, stride: 2 },
    { in: 6, out: 9, groups: 3, stride: [2, 3] as const, dilation: [3, 2] as const, padding: 3 },
    { in: 10, out: 4, groups: 2, stride: 2, kernelSize: [5, 4] as const, padding: [2, 3] as const },
    { in: 4, out: 2, groups: 2, kernelSize: [1, 3] as const },
  ].map(({ in: channels, out: outChannels, ...others }) =>
    general("conv2d", conv2d, [channels, 7, 6], {
      outChannels,
      kernelSize: 3,
      padding: 1,
      ...others,
    }),
  ),
  // Winograd: tiles that are whole or cut, channels that are whole vectors or not.
  ...[
    { in: 8, out: 8, rows: 4, columns: 4 },
    { in: 9, out: 13, rows: 1, columns: 6 },
    { in: 16, out: 9, rows: 3, columns: 3 },
  ].flatMap(({ in: channels, out: outChannels, rows, columns }) =>
    [0, 1, 2].map((padding) =>
      general("Winograd conv2d", conv2d, [channels, rows + 2, columns + 2], {
        ...{ outChannels, kernelSize: 3, padding, bias: padding !== 1 },
      }),
    ),
  ),
  {
    name: "one input read by two convolutions of one shared weight",
    inputs: [[2, 6, 5]],
    build(x) {
      const once = conv2d(x, "conv", { outChannels: 2, kernelSize: 1 });
      return conv2d(once, "conv", { outChannels: 2, kernelSize: 1, share: true });
    },
  },
];

const coordConvolutionCases: readonly OpCase[] = [
  ...[1, 4, 5, 10].flatMap((outChannels) =>
    [1, 2, 3].map((inChannels) =>
      coordConvolution({ inChannels, outChannels, kernelSize: 3, rows: 5, columns: 8 }),
    ),
  ),
  ...[1, 2, 4, 5, 7].map((kernelSize) =>
    coordConvolution({ inChannels: 1, outChannels: 6, kernelSize, rows: 9, columns: 7 }),
  ),
  coordConvolution({ inChannels: 1, outChannels: 1, kernelSize: 1, rows: 1, columns: 1 }),
  coordConvolution({ inChannels: 2, outChannels: 3, kernelSize: 1, rows: 1, columns: 5 }),
  coordConvolution({ inChannels: 10, outChannels: 3, kernelSize: 1, rows: 4, columns: 1 }),
  ...generalCases("coordConv2d", coordConv2d),
  general("Winograd coordConv2d", coordConv2d, [9, 8, 6], {
    outChannels: 10,
    kernelSize: 3,
    padding: 1,
  }),
];

const odd = { inChannels: 3, kernelSize: 3, rows: 7, columns: 10 } as const;

/** Chains that the engine runs as one kernel; their maps leave a row or a column to the pool's remainder. */
export const fusedCases: readonly OpCase[] = [
  ...channelCounts.flatMap((outChannels) => [
    block({ ...odd, outChannels }, undefined, true),
    block({ ...odd, outChannels }, 0.5, true),
  ]),
  block({ ...odd, outChannels: 10 }, 0.5, false),
  block({ ...odd, outChannels: 20 }, 0.9, true),
  block({ ...odd, outChannels: 9 }, 0, true),
  ...[1, 2, 4, 5, 6, 7, 8].map((kernelSize) =>
    block({ inChannels: 1, outChannels: 8, kernelSize, rows: 9, columns: 12 }, 0.3, true),
  ),
  // Kernels of 2, 3 and 4 rows of two vectors.
  ...[
    { inChannels: 4, kernelSize: 2 },
    { inChannels: 2, kernelSize: 3 },
    { inChannels: 2, kernelSize: 4 },
  ].map((sizes) => block({ ...sizes, outChannels: 5, rows: 7, columns: 9 }, 0.3, true)),
  ...[1, 4, 10].map((inChannels) =>
    block({ inChannels, outChannels: 11, kernelSize: 5, rows: 8, columns: 7 }, 0.5, true),
  ),
  ...channelCounts.flatMap((outChannels) => [
    block({ ...odd, outChannels }, undefined, true, coordConv2d),
    block({ ...odd, outChannels }, 0.5, true, coordConv2d),
  ]),
  ...[1, 2, 4, 5, 7].map((kernelSize) =>
    block(
      { inChannels: 1, outChannels: 8, kernelSize, rows: 9, columns: 12 },
      0.3,
      true,
      coordConv2d,
    ),
  ),
];

export const cases: OpCases = { conv2d: convolutionCases, coordConv2d: coordConvolutionCases };
