import { describe, expect, it } from "vitest";
import { decompose } from "../../src/inspect/affine-parts.js";

describe("decompose", () => {
  it("gives finite numbers for maps onto a line or a point", () => {
    expect(decompose([0, 0, 0.5, 0, 0, 0])).toEqual({
      rotation: 0,
      scaleX: 0,
      scaleY: 0,
      shear: 0,
      shiftX: 0.5,
      shiftY: 0,
    });
    expect(decompose([0, 0, 0, 0, 2, 0])).toMatchObject({ scaleX: 0, scaleY: 2, shear: 0 });
    expect(decompose([2, 0, 0, 0, 0, 0])).toMatchObject({ scaleX: 2, scaleY: 0, shear: 0 });
  });

  it("takes a map apart that was put together", () => {
    const [angle, sx, sy, shear] = [0.3, 0.8, 1.2, 0.25];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    // rotation · [1 m; 0 1] · diag(sx, sy)
    const theta = [
      cos * sx,
      (cos * shear - sin) * sy,
      0.1,
      sin * sx,
      (sin * shear + cos) * sy,
      -0.2,
    ];
    const parts = decompose(theta);
    expect(parts.rotation).toBeCloseTo((angle * 180) / Math.PI, 10);
    expect(parts.scaleX).toBeCloseTo(sx, 12);
    expect(parts.scaleY).toBeCloseTo(sy, 12);
    expect(parts.shear).toBeCloseTo(shear, 12);
    expect([parts.shiftX, parts.shiftY]).toEqual([0.1, -0.2]);
  });
});
