import { add } from "../../../src/graph/ops/add.js";
import { distancePenalty } from "../../../src/graph/ops/distance-penalty.js";
import { dropPath } from "../../../src/graph/ops/drop-path.js";
import { dropout } from "../../../src/graph/ops/dropout.js";
import { dropout2d } from "../../../src/graph/ops/dropout2d.js";
import { flatten } from "../../../src/graph/ops/flatten.js";
import { linear } from "../../../src/graph/ops/linear.js";
import { logSoftmax } from "../../../src/graph/ops/log-softmax.js";
import { maxPool2d } from "../../../src/graph/ops/max-pool2d.js";
import { mse } from "../../../src/graph/ops/mse.js";
import { nll } from "../../../src/graph/ops/nll.js";
import { relu } from "../../../src/graph/ops/relu.js";
import type { OpCase } from "../op-case.js";
import { separated, uniform } from "../random.js";
import type { OpCases } from "./index.js";

const shapes = [
  [1],
  [2],
  [3],
  [4],
  [5],
  [9],
  [1, 1, 1],
  [1, 3, 5],
  [3, 2, 4],
  [5, 3, 3],
  [20, 1, 2],
];
const maps = shapes.filter((shape) => shape.length === 3);

const show = (shape: readonly number[]) => `[${shape.join(", ")}]`;

const inputCases: readonly OpCase[] = shapes.map((shape) => ({
  name: `values ${show(shape)}`,
  inputs: [shape],
  build: (x) => x,
}));

const reluCases: readonly OpCase[] = shapes.map((shape) => ({
  name: show(shape),
  inputs: [shape],
  fills: [separated],
  build: (x) => relu(x),
}));

const addCases: readonly OpCase[] = [
  ...shapes.map((shape) => ({
    name: show(shape),
    inputs: [shape, shape],
    build: (a: Parameters<OpCase["build"]>[0], b: typeof a) => add(a, b),
  })),
  { name: "a tensor and itself", inputs: [[3, 2, 3]], build: (x) => add(x, x) },
];

/** Whole blocks of four positions and channels, and what is left of either. */
const blocks = [
  [4, 2, 2],
  [8, 1, 5],
  [9, 2, 4],
  [6, 3, 3],
];

const flattenCases: readonly OpCase[] = [...maps, ...blocks].map((shape) => ({
  name: show(shape),
  inputs: [shape],
  build: (x) => flatten(x),
}));

const dropoutCases: readonly OpCase[] = [0, 0.1, 0.5, 0.9].flatMap((p) =>
  shapes.map((shape) => ({
    name: `p ${p}, ${show(shape)}`,
    inputs: [shape],
    training: true,
    build: (x: Parameters<typeof dropout>[0]) => dropout(x, p),
  })),
);

const dropout2dCases: readonly OpCase[] = [0, 0.1, 0.5, 0.9].flatMap((p) =>
  maps.map((shape) => ({
    name: `p ${p}, ${show(shape)}`,
    inputs: [shape],
    training: true,
    build: (x: Parameters<typeof dropout2d>[0]) => dropout2d(x, p),
  })),
);

const dropPathCases: readonly OpCase[] = [0, 0.5, 0.9].flatMap((p) =>
  shapes.map((shape) => ({
    name: `p ${p}, ${show(shape)}`,
    inputs: [shape],
    training: p !== 0.9 || shape.length > 1,
    build: (x: Parameters<typeof dropPath>[0]) => dropPath(x, p),
  })),
);

const dropoutOffCases: readonly OpCase[] = [
  { name: "dropout outside training", inputs: [[3, 2, 3]], build: (x) => dropout(x, 0.5) },
];

const dropout2dOffCases: readonly OpCase[] = [
  { name: "dropout2d outside training", inputs: [[3, 2, 3]], build: (x) => dropout2d(x, 0.5) },
];

const maxPoolCases: readonly OpCase[] = [1, 2, 3, 4, 7, 15].flatMap((kernelSize) =>
  [1, 3, 5, 8].map((channels) => ({
    name: `window ${kernelSize}, ${channels} channels, a remainder at the right and the bottom`,
    inputs: [[channels, 2 * kernelSize + (kernelSize > 1 ? 1 : 0), kernelSize + kernelSize - 1]],
    fills: [separated],
    images: 3,
    batchSize: 2,
    build: (x: Parameters<typeof maxPool2d>[0]) => maxPool2d(x, kernelSize),
  })),
);

const logSoftmaxCases: readonly OpCase[] = [
  ...[1, 2, 3, 4, 5, 10, 13].map((classes) => ({
    name: `${classes} classes`,
    inputs: [[classes]],
    build: (x: Parameters<typeof logSoftmax>[0]) => logSoftmax(x),
  })),
  {
    name: "scores in the thousands, whose exponentials overflow",
    inputs: [[7]],
    fills: [uniform(3000)],
    build: (x) => logSoftmax(x),
  },
];

/** Weights of classes that differ, one of them 0 where there are more than two. */
const weightsOf = (classes: number) =>
  Array.from({ length: classes }, (_, c) => (c === 2 ? 0 : 0.25 + 0.5 * c));

const nllCases: readonly OpCase[] = [1, 2, 5, 10].flatMap((classes) => [
  { name: `${classes} classes`, inputs: [[classes]], classes, build: (x) => nll(x) },
  {
    name: `${classes} classes, smoothed`,
    inputs: [[classes]],
    classes,
    build: (x) => nll(x, { labelSmoothing: 0.1 }),
  },
  {
    name: `${classes} classes, weighted`,
    inputs: [[classes]],
    classes,
    build: (x) => nll(x, { classWeights: weightsOf(classes) }),
  },
  {
    name: `${classes} classes, weighted and smoothed`,
    inputs: [[classes]],
    classes,
    images: 9,
    batchSize: 4,
    build: (x) => nll(x, { classWeights: weightsOf(classes), labelSmoothing: 0.3 }),
  },
  {
    name: `${classes} classes, all of weight 0`,
    inputs: [[classes]],
    classes,
    build: (x) => nll(x, { classWeights: new Array(classes).fill(0) }),
  },
  {
    name: `after log-softmax of ${classes} classes`,
    inputs: [[classes]],
    classes,
    build: (x: Parameters<typeof nll>[0]) => nll(logSoftmax(x)),
  },
]);

const mseCases: readonly OpCase[] = [
  ...[2, 5, 10].map(
    (classes): OpCase => ({
      name: `${classes} classes`,
      inputs: [[classes]],
      classes,
      build: (x) => mse(x),
    }),
  ),
  ...[1, 2, 5, 10].map(
    (classes): OpCase => ({
      name: `after log-softmax of ${classes} classes`,
      inputs: [[classes]],
      classes,
      build: (x) => mse(logSoftmax(x)),
    }),
  ),
];

/** The loss of some scores, and a penalty on another vector; lengths around whole vectors of 4. */
const penaltyCases: readonly OpCase[] = [
  ...[1, 3, 4, 6, 8, 9, 32].map(
    (size): OpCase => ({
      name: `${size} numbers`,
      inputs: [[5], [size]],
      classes: 5,
      build: (scores, x) =>
        distancePenalty(nll(logSoftmax(scores!)), x!, {
          factor: 0.3,
          target: Array.from({ length: size }, (_, at) => (at % 3) - 1),
        }),
    }),
  ),
  {
    name: "two penalties on what is trained",
    inputs: [[4]],
    classes: 4,
    build(x) {
      const [first, second] = ["a", "b"].map((name) => linear(x!, name, { outFeatures: 2 }));
      const loss = nll(logSoftmax(linear(x!, "c", { outFeatures: 4 })));
      const once = distancePenalty(loss, first!, { factor: 0.1, target: [1, 0] });
      return distancePenalty(once, second!, { factor: 2, target: [0, -1] });
    },
  },
];

export const cases: OpCases = {
  dropPath: dropPathCases,
  input: inputCases,
  maxPool2d: maxPoolCases,
  relu: reluCases,
  dropout: [...dropoutCases, ...dropoutOffCases],
  dropout2d: [...dropout2dCases, ...dropout2dOffCases],
  add: addCases,
  flatten: flattenCases,
  logSoftmax: logSoftmaxCases,
  nll: nllCases,
  mse: mseCases,
  distancePenalty: penaltyCases,
};
