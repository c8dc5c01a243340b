import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../src/stats/normal.js";

describe("normalQuantile", () => {
  // Wichura, Algorithm AS 241, Applied Statistics 37 (1988): its test values.
  it.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-20, -9.262340089798409],
  ])("at %d is the algorithm's own", (p, z) => {
    expect(normalQuantile(p) / z).toBeCloseTo(1, 14);
  });

  // Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.5, and every table since.
  it.each([
    [0.8, 0.8416212],
    [0.9, 1.2815516],
    [0.95, 1.6448536],
    [0.975, 1.959964],
    [0.995, 2.5758293],
    [0.9995, 3.2905267],
  ])("at %d is that of the tables", (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 7);
  });

  it("mirrors, and grows with p", () => {
    expect(normalQuantile(0.5)).toBe(0);
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 0.5, noNaN: true }), (p) => {
        // 1 − p rounds p itself, the more the smaller it is.
        const mirrored = -normalQuantile(1 - p);
        expect(Math.abs(normalQuantile(p) - mirrored)).toBeLessThan(1e-14 + 1e-16 / p);
        expect(normalQuantile(p * 0.999)).toBeLessThan(normalQuantile(p));
      }),
    );
  });

  it("has no end at 0 and 1, and none beyond", () => {
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(normalQuantile(-0.1)).toBeNaN();
    expect(normalQuantile(1.1)).toBeNaN();
    expect(normalQuantile(Number.NaN)).toBeNaN();
  });
});
