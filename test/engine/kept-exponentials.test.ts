import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/graph/builder.js";
import { add } from "../../src/graph/ops/add.js";
import { batchAttention } from "../../src/graph/ops/batch-attention.js";
import { scaledDotProductAttention } from "../../src/graph/ops/scaled-dot-product-attention.js";
import { expectAgreement } from "../graph/compare.js";
import { type BatchResult, engineExecutors, referenceExecutor } from "../graph/executors.js";
import { type OpCase, pose } from "../graph/op-case.js";
import { blank, type Fill, seededRandom, uniform } from "../graph/random.js";

/** `whole`: what is drawn for the first part serves all parts. `each`: each value serves as many neighbours. */
function repeated(parts: number, of: "whole" | "each", bound: number): Fill {
  return (count, random) => {
    const drawn = uniform(bound)(count / parts, random);
    return Float64Array.from({ length: count }, (_, at) =>
      of === "whole" ? drawn[at % drawn.length]! : drawn[Math.floor(at / parts)]!,
    );
  };
}

/** 272 tokens of 2 heads: memory for the exponentials of the first 240. */
const overPositions = attention(scaledDotProductAttention, [6, 16, 17], {
  images: 1,
  batchSize: 1,
});
/** 520 tokens at 9 positions: memory for the exponentials of the first 7. */
const overBatch = attention(batchAttention, [2, 1, 9], { images: 520, batchSize: 520 });

function attention(
  op: typeof batchAttention,
  shape: readonly number[],
  sizes: { readonly images: number; readonly batchSize: number },
): OpCase {
  const heads = op === batchAttention ? 1 : 2;
  const fill = (bound: number) =>
    op === batchAttention ? repeated(9, "each", bound) : repeated(2, "whole", bound);
  return {
    ...{ name: op.name, inputs: [shape, shape, shape], ...sizes },
    fills: [fill(3), fill(3), fill(1)],
    build: (q: Tensor, k: Tensor, v: Tensor) => op(q, k, v, { heads }),
  };
}

/** The same cotangent for what attends in the same way. */
function posed(opCase: OpCase, fill: Fill) {
  const problem = pose(opCase);
  const size = problem.cotangents[0]!.length;
  return { ...problem, cotangents: problem.cotangents.map((_, i) => fill(size, seededRandom(i))) };
}

describe.each(engineExecutors)("attention whose exponentials do not all fit, $name", (executor) => {
  it("over positions: a head that keeps exponentials has the bits of one that does not", async () => {
    const problem = posed(overPositions, repeated(2, "whole", 1));
    const [batch] = await executor.run(problem);
    expectAgreement([batch!], await referenceExecutor.run(problem));
    for (const values of gradientsOf(batch!, 0)) {
      const half = values.length / 2;
      expect(values.slice(0, half)).toEqual(values.slice(half));
    }
  });

  it("over the batch: a position that keeps exponentials has the bits of one that does not", async () => {
    const problem = posed(overBatch, repeated(9, "each", 1));
    const [batch] = await executor.run(problem, { threads: 2 });
    expectAgreement([batch!], await referenceExecutor.run(problem));
    for (const image of [0, 17, 519]) {
      for (const values of gradientsOf(batch!, image)) {
        for (let position = 1; position < 9; position++) {
          expect([values[position], values[9 + position]]).toEqual([values[0], values[9]]);
        }
      }
    }
  });
});

describe.each(engineExecutors)(
  "equal tokens whose exponentials do not all fit, $name",
  (executor) => {
    // 272 tokens, of which some 190 are distinct, in 2 heads: memory for the exponentials of 240.
    const overBlankPlaces: OpCase = {
      ...{ name: "equal tokens", inputs: [[6, 16, 17]], images: 1, batchSize: 1 },
      fills: [blank(6, 0.3, uniform(2))],
      build: (x) => scaledDotProductAttention(x, add(x, x), x, { heads: 2 }),
    };

    it("are attended as the reference does", async () => {
      const problem = pose(overBlankPlaces);
      expectAgreement(await executor.run(problem), await referenceExecutor.run(problem));
    });
  },
);

/** The output and the gradients with respect to query, key and value. */
function gradientsOf(batch: BatchResult, image: number): number[][] {
  const gradients = batch.inputGradients[image]!.map((values) => Array.from(values!));
  expect(gradients).toHaveLength(3);
  return [Array.from(batch.outputs[image]!), ...gradients];
}
