import fc from "fast-check";
import { expect, test } from "vitest";
import { shareThreads } from "../../src/runs/share-threads.js";

test.each([
  [5, 2, [1, 1]],
  [2, 2, [1, 1]],
  [1, 2, [2]],
  [1, 1, [1]],
  [3, 5, [2, 2, 1]],
  [2, 5, [3, 2]],
  [1, 16, [8]],
  [0, 4, []],
])("%d runs on %d threads", (runs, threads, shares) => {
  expect(shareThreads(runs, threads)).toEqual(shares);
});

const some = fc.integer({ min: 1, max: 40 });

test("no thread is given twice, and none is left over while a run could use it", () => {
  fc.assert(
    fc.property(some, some, (runs, threads) => {
      const shares = shareThreads(runs, threads);
      const given = shares.reduce((sum, share) => sum + share, 0);
      expect(given).toBe(Math.min(threads, 8 * runs));
      expect(Math.min(...shares)).toBeGreaterThan(0);
    }),
  );
});

test("whichever run ends, the share of no other becomes smaller", () => {
  fc.assert(
    fc.property(some, some, fc.nat(), (runs, threads, some) => {
      const before = shareThreads(runs + 1, threads);
      const ended = some % before.length;
      const after = shareThreads(runs, threads);
      before.toSpliced(ended, 1).forEach((share, run) => {
        expect(after[run]).toBeGreaterThanOrEqual(share);
      });
    }),
  );
});
