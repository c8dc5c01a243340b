// NaN and infinity go where they go in PyTorch: a network that is broken must not look like a finite one.
import { describe, expect, it } from "vitest";
import { ops } from "../../src/graph/ops/index.js";
import { batchNorm2d, conv2d, linear, maxPool2d, relu } from "../../src/index.js";
import { casesOf } from "./cases/index.js";
import { engineExecutors, referenceExecutor } from "./executors.js";
import { type OpCase, type Problem, pose } from "./op-case.js";
import { seededRandom } from "./random.js";

const broken = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** What is computed in one kernel, beside each op alone. */
const fused: readonly OpCase[] = [
  {
    name: "conv2d, maxPool2d, relu in one",
    inputs: [[1, 20, 20]],
    build: (x) => relu(maxPool2d(conv2d(x!, "conv", { outChannels: 6, kernelSize: 5 }), 2)),
  },
  {
    name: "3×3 conv2d of many channels, maxPool2d, relu in one",
    inputs: [[8, 14, 14]],
    build: (x) => relu(maxPool2d(conv2d(x!, "conv", { outChannels: 8, kernelSize: 3 }), 2)),
  },
  {
    name: "batchNorm2d, relu in one",
    inputs: [[5, 3, 3]],
    build: (x) => relu(batchNorm2d(x!, "bn")),
  },
  {
    name: "linear of zeros",
    inputs: [[9]],
    fills: [(count) => new Float64Array(count)],
    build: (x) => linear(x!, "fc", { outFeatures: 5 }),
  },
];

const opNames = Object.keys(ops) as (keyof typeof ops)[];

const cases: readonly OpCase[] = [
  ...opNames.flatMap((name) =>
    casesOf(name).map((each) => ({ ...each, name: `${name}: ${each.name}` })),
  ),
  ...fused,
]
  .filter(({ training }) => training !== true)
  .map((each) => ({ ...each, images: 2, batchSize: 2 }));

describe.each(engineExecutors)(
  "$name gives NaN and infinity where the reference does",
  (executor) => {
    it.each(cases)("$name", async (opCase) => {
      for (const [seed, value] of broken.entries()) {
        const problem = breakOne(pose(opCase), value, seed);
        const [found, expected] = [
          await executor.run(problem),
          await referenceExecutor.run(problem),
        ];
        if (opCase.name.includes("Winograd")) {
          expect(lostByTiles(kinds(found, finiteOrNot), kinds(expected, finiteOrNot))).toEqual([]);
          continue;
        }
        const kind = opCase.name.includes("ttention") ? finiteOrNot : kindOf;
        expect(kinds(found, kind)).toEqual(kinds(expected, kind));
      }
    });
  },
);

describe.each(engineExecutors)("$name follows the reference far from 1", (executor) => {
  it.each([1e18, 1e-30])("values of about %s", async (scale) => {
    // A float32 position far outside the map has no digits left that say where its reflection is.
    for (const opCase of cases.filter(({ name }) => !name.includes("reflection"))) {
      const problem = scaled(pose(opCase), scale);
      const [found, expected] = [await executor.run(problem), await referenceExecutor.run(problem)];
      const differing = expected.flatMap(({ outputs }, step) =>
        outputs.map((output, image) => shareOfDifferent(found[step]!.outputs[image]!, output)),
      );
      // Of scores that differ in float32's last bits either may be the maximum.
      const share = opCase.name.includes("ttention") ? 0.15 : 0;
      expect(Math.max(...differing), opCase.name).toBeLessThanOrEqual(share);
    }
  });
});

function scaled(problem: Problem, scale: number): Problem {
  for (const { inputs } of problem.images) {
    for (const values of inputs.values()) {
      for (const [at, value] of values.entries()) values[at] = Math.fround(value * scale);
    }
  }
  return problem;
}

/** Share of the values that differ by more than rounding; what float32 cannot hold, or with few bits, is left out. */
function shareOfDifferent(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  const all = Array.from(expected);
  const largest = Math.max(...all.map(Math.abs));
  if (!(largest < 1e37) || largest < 1e-35) return 0;
  const isEqual = (value: number, at: number) => Math.abs(found[at]! - value) < 1e-4 * largest;
  return 1 - all.filter(isEqual).length / all.length;
}

/** Sets one value of the first image, or of a parameter, at random. */
function breakOne(problem: Problem, value: number, seed: number): Problem {
  const random = seededRandom(seed + 7);
  const tensors = [
    ...problem.images[0]!.inputs.values(),
    ...[...problem.parameters.values()].map(({ values }) => values),
  ];
  const tensor = tensors[Math.floor(random() * tensors.length)]!;
  tensor[Math.floor(random() * tensor.length)] = value;
  return problem;
}

/** Of each value whether it is NaN, infinite or finite. */
function kinds(
  batches: Awaited<ReturnType<typeof referenceExecutor.run>>,
  kind: (value: number) => string,
): string[] {
  return batches.flatMap(({ outputs }) =>
    outputs.map((values) => Array.from(values, kind).join("")),
  );
}

/**
 * Images in which a value is finite though the reference's is not, or the other way round everywhere: Winograd's
 * transforms spread NaN over the tile that has it.
 */
function lostByTiles(found: readonly string[], expected: readonly string[]): string[] {
  return found.filter((image, at) => {
    const isLost = [...image].some((kind, value) => kind === "." && expected[at]![value] === "!");
    return isLost || image.includes("!") !== expected[at]!.includes("!");
  });
}

function kindOf(value: number): string {
  return Number.isFinite(value) ? "." : ` ${value} `;
}

/** A weight that rounds to 0 makes infinite values NaN, and the kernels' smallest weight is 2^−126. */
function finiteOrNot(value: number): string {
  return Number.isFinite(value) ? "." : "!";
}
