import { describe, expect, it } from "vitest";
import { philox } from "../../src/graph/philox.js";
import { normalQuantile } from "../../src/stats/normal.js";
import { sequentialBoundary } from "../../src/stats/sequential-boundary.js";
import { sequentialVerdict } from "../../src/stats/sequential-verdict.js";
import scipy from "./scipy.json" with { type: "json" };

const zeros = (count: number) => new Array<number>(count).fill(0);

/** Normal values that depend on the study and the position alone. */
function normals(study: number, count: number): number[] {
  const values: number[] = [];
  for (let block = 0; values.length < count; block++) {
    const bits = philox({ seed: 7, stream: 1, step: study }, block);
    values.push(...bits.map((each) => normalQuantile((each + 0.5) / 2 ** 32)));
  }
  return values.slice(0, count);
}

/** How often each verdict comes, and the mean number of seeds, where the true difference is `effect` deviations. */
function simulate(studies: number, maxSeeds: number, effect: number, size: number) {
  const boundary = sequentialBoundary({ maxSeeds });
  const counts = new Map<string, number>();
  let seeds = 0;
  for (let study = 0; study < studies; study++) {
    const a = normals(study, maxSeeds).map((value) => value + effect);
    const result = sequentialVerdict(a, zeros(maxSeeds), boundary, size);
    counts.set(result.verdict, (counts.get(result.verdict) ?? 0) + 1);
    seeds += result.seeds;
  }
  const share = (verdict: string) => (counts.get(verdict) ?? 0) / studies;
  return { share, seeds: seeds / studies };
}

describe("the sequential boundary", () => {
  it("with one look is the t-test", () => {
    const { critical } = sequentialBoundary({ maxSeeds: 10, firstLook: 10 });
    expect(critical).toHaveLength(1);
    expect(critical[0]).toBeCloseTo(2.2621571628, 8);
  });

  it("spends at the first look what its function says", () => {
    expect(sequentialBoundary({ maxSeeds: 10 }).critical[0]).toBeCloseTo(scipy.firstLook, 8);
  });

  it.each([1, 2, 3])(
    "falls with the seeds, and stays above the t-test of one look (ρ = %i)",
    (spending) => {
      const { critical, firstLook } = sequentialBoundary({ maxSeeds: 60, spending });
      expect(critical).toHaveLength(60 - firstLook + 1);
      for (let at = 1; at < critical.length; at++)
        expect(critical[at]).toBeLessThan(critical[at - 1]!);
      expect(critical.at(-1)).toBeGreaterThan(2.0009953781);
    },
  );

  it("refuses what is out of range", () => {
    expect(() => sequentialBoundary({ maxSeeds: 4 })).toThrow(
      "sequentialBoundary: expected maxSeeds to be a whole number in 5..1000, got 4",
    );
    expect(() => sequentialBoundary({ maxSeeds: 60, level: 1 })).toThrow(
      "level to be between 0 and 1",
    );
    expect(() => sequentialBoundary({ maxSeeds: 60, spending: 0 })).toThrow(
      "spending to be above 0",
    );
    expect(() => sequentialBoundary({ maxSeeds: 60, firstLook: 2 })).toThrow("firstLook");
  });
});

describe("the sequential verdict", () => {
  // Standard deviation of a rate of 5 % in 10,000 studies: 0.22 %.
  it("is a false alarm in 5 % of 10,000 studies without a difference", () => {
    const { share } = simulate(10_000, 60, 0, 1e-9);
    const alarms = share("better") + share("worse");
    expect(alarms).toBeGreaterThan(0.0435);
    expect(alarms).toBeLessThan(0.0565);
    expect(Math.abs(share("better") - share("worse"))).toBeLessThan(0.01);
    expect(share("not settled")).toBeCloseTo(1 - alarms, 12);
  });

  it("is wrongly 'no difference' in at most 5 % of studies with just that difference", () => {
    expect(simulate(2_000, 60, 0.5, 0.5).share("no difference")).toBeLessThan(0.05);
  });

  it("finds what is there, the sooner the larger it is", () => {
    const [small, large] = [simulate(1_000, 60, 0.5, 0.5), simulate(1_000, 60, 2, 0.5)];
    expect(small.share("better")).toBeGreaterThan(0.9);
    expect(small.seeds).toBeLessThan(40);
    expect(large.share("better")).toBe(1);
    expect(large.seeds).toBeLessThan(10);
    expect(simulate(1_000, 60, 0, 0.5).share("no difference")).toBeGreaterThan(0.85);
  });

  const boundary = sequentialBoundary({ maxSeeds: 12 });

  it("goes on before the first look, and keeps the first answer", () => {
    const a = [5, 5.1, 4.9, 5, 5.2, 4.9];
    expect(sequentialVerdict(a.slice(0, 4), zeros(4), boundary, 0.1)).toEqual({
      verdict: "go on",
      seeds: 4,
      interval: undefined,
    });
    const first = sequentialVerdict(a.slice(0, 5), zeros(5), boundary, 0.1);
    expect(first.verdict).toBe("better");
    expect(first.seeds).toBe(5);
    const later = sequentialVerdict([...a, -90, -90], zeros(8), boundary, 0.1);
    expect(later).toEqual(first);
    expect(sequentialVerdict(zeros(5), a.slice(0, 5), boundary, 0.1).verdict).toBe("worse");
  });

  it("says no difference where all that is left is below the size", () => {
    const a = [0.01, -0.02, 0.01, 0, -0.01, 0.02];
    expect(sequentialVerdict(a, zeros(6), boundary, 1).verdict).toBe("no difference");
    expect(sequentialVerdict(a, zeros(6), boundary, 0.001).verdict).toBe("go on");
  });

  it("waits where all differences are equal, in decimals or in bits", () => {
    const a = [99.2, 99.3, 99.4, 98.7, 99.9, 97.2];
    const result = sequentialVerdict(
      a,
      a.map((value) => Number((value - 0.1).toFixed(1))),
      boundary,
      0.5,
    );
    expect(result.verdict).toBe("go on");
    expect(result.interval).toEqual({ low: -Infinity, high: Infinity });
  });

  it("refuses more seeds than planned, and values that are none", () => {
    expect(() => sequentialVerdict(zeros(13), zeros(13), boundary, 1)).toThrow(
      "sequentialVerdict: expected up to 12 seeds, as planned, got 13",
    );
    expect(() => sequentialVerdict([Number.NaN], [0], boundary, 1)).toThrow(
      "value 0 to be a finite number",
    );
    expect(() => sequentialVerdict([1], [0], boundary, 0)).toThrow("above 0");
  });
});
