import { expect, test } from "vitest";
import { transposed } from "../../../bench/peers/javascript-peer.js";

test("dimensions in another order", () => {
  const matrix = { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
  expect(transposed(matrix, [1, 0])).toEqual({
    shape: [3, 2],
    values: Float32Array.of(1, 4, 2, 5, 3, 6),
  });
  const values = Float32Array.from({ length: 24 }, (_, at) => at);
  const { shape, values: moved } = transposed({ shape: [2, 3, 4], values }, [2, 0, 1]);
  expect(shape).toEqual([4, 2, 3]);
  // [d, a, b] of the result is [a, b, d] of the source.
  expect(moved[(3 * 2 + 1) * 3 + 2]).toBe((1 * 3 + 2) * 4 + 3);
  expect([...moved].sort((a, b) => a - b)).toEqual([...values]);
});
