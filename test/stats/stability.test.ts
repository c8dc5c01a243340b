import fc from "fast-check";
import { expect, test } from "vitest";
import { stabilityOf } from "../../src/stats/stability.js";

test("a fall is a drop by more than 5 points after the first third, whether or not it is made good", () => {
  expect(stabilityOf([0.9, 0.97, 0.98, 0.62, 0.98, 0.981])).toEqual({
    ...{ lowest: 0.62, fell: true },
    drop: expect.closeTo(0.36, 12),
  });
  // The drop is measured from epochs of the first third, too.
  expect(stabilityOf([0.99, 0.9, 0.91])).toMatchObject({ lowest: 0.9, fell: true });
  // A drop within it does not count, nor does one of 5 points.
  expect(stabilityOf([0.9, 0.3, 0.95, 0.96, 0.96, 0.97])).toMatchObject({ fell: false });
  expect(stabilityOf([0.5, 0.5, 0.5 - 1 / 32])).toMatchObject({ drop: 1 / 32, fell: false });
});

test("a slow start is not a fall, and fewer than three epochs say nothing", () => {
  expect(stabilityOf([0.1, 0.1, 0.3, 0.5, 0.7, 0.9])).toEqual({
    ...{ lowest: 0.3, drop: 0, fell: false },
  });
  expect(stabilityOf([0.9, 0.1])).toBeUndefined();
  expect(stabilityOf([])).toBeUndefined();
});

test("of curves of any kind: no drop where none descends, and the lowest is one of the curve", () => {
  const curves = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3 });
  fc.assert(
    fc.property(curves, (curve) => {
      const found = stabilityOf(curve)!;
      expect(curve).toContain(found.lowest);
      expect(found.drop).toBeLessThanOrEqual(Math.max(...curve) - Math.min(...curve));
      const rising = Float64Array.from(curve).sort();
      expect(stabilityOf([...rising])).toMatchObject({ drop: 0, fell: false });
    }),
  );
});
