import type { Tensor } from "../../../src/graph/builder.js";
import { avgPool2d } from "../../../src/graph/ops/avg-pool2d.js";
import { channelMax } from "../../../src/graph/ops/channel-max.js";
import { channelMean } from "../../../src/graph/ops/channel-mean.js";
import { globalAvgPool2d } from "../../../src/graph/ops/global-avg-pool2d.js";
import { globalMaxPool2d } from "../../../src/graph/ops/global-max-pool2d.js";
import { maxPool2d } from "../../../src/graph/ops/max-pool2d.js";
import type { OpCase } from "../op-case.js";
import { separated } from "../random.js";
import type { OpCases } from "./index.js";

const shapes = [
  [1, 1, 1],
  [1, 3, 5],
  [3, 2, 4],
  [4, 3, 3],
  [5, 3, 3],
  [17, 2, 3],
  [20, 1, 2],
];

/** One case a shape. */
function each(build: (x: Tensor) => Tensor): OpCase[] {
  return shapes.map((shape) => ({
    name: `[${shape.join(", ")}]`,
    inputs: [shape],
    fills: [separated],
    build: (x) => build(x!),
  }));
}

type Windows = Exclude<Parameters<typeof maxPool2d>[1], number | readonly number[]>;

/** Windows that overlap, leave gaps, reach past the edge, and are not square. */
const windows: readonly Windows[] = [
  { kernelSize: 3, stride: 2, padding: 1 },
  { kernelSize: 2, stride: 1 },
  { kernelSize: 3, stride: 1, padding: 1 },
  { kernelSize: 1, stride: 3 },
  { kernelSize: [2, 3], stride: [3, 1], padding: [1, 0] },
  { kernelSize: [5, 4], padding: 2 },
];

function windowCases(build: (x: Tensor, options: Windows) => Tensor): OpCase[] {
  return windows.flatMap((options) =>
    [1, 3, 4, 6, 18].map((channels) => ({
      name: `${JSON.stringify(options)}, ${channels} channels`,
      inputs: [[channels, 5, 7]],
      fills: [separated],
      build: (x: Tensor) => build(x, options),
    })),
  );
}

export const cases: OpCases = {
  maxPool2d: windowCases((x, options) => maxPool2d(x, options)),
  avgPool2d: [
    ...windowCases((x, options) => avgPool2d(x, options)),
    ...windowCases((x, options) => avgPool2d(x, { ...options, countIncludePad: false })),
    ...each((x) => avgPool2d(x, [1, Math.min(2, x.shape[2]!)])),
  ],
  globalAvgPool2d: each(globalAvgPool2d),
  globalMaxPool2d: each(globalMaxPool2d),
  channelMean: each(channelMean),
  channelMax: each(channelMax),
};
