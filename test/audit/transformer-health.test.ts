import { describe, expect, it } from "vitest";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { models } from "../../src/models/index.js";
import { changed, check, trained } from "./trained.js";

/** A transformer whose map is this one for every image. */
function fixed(parameters: NamedTensors, theta: readonly number[]): NamedTensors {
  const without = changed(parameters, "fc_loc.2.weight", (values) => values.fill(0));
  return changed(without, "fc_loc.2.bias", (bias) => bias.set(theta));
}

describe("transformer", () => {
  it("passes one that was trained, and describes its map", async () => {
    const parameters = await trained("stn");
    const { verdict, text, figures } = await check("transformer", {
      model: models.stn,
      parameters,
    });
    expect(text).toMatch(
      /^over 100 images: rotation -?[\d.]+ ± [\d.]+ degrees, scale [\d.]+ ± [\d.]+ × [\d.]+ ± [\d.]+, [\d.]+ % of the sample points outside the image$/,
    );
    expect(verdict).toBe("pass");
    expect(figures!.theta.length).toBe(6);
  });

  it("finds one that does nothing", async () => {
    const parameters = fixed(await trained("stn"), [1, 0, 0, 0, 1, 0]);
    const { verdict, text, figures } = await check("transformer", {
      model: models.stn,
      parameters,
    });
    expect(verdict).toBe("flag");
    expect(text).toBe(
      "the identity over 100 images; rotation 0.0 ± 0.0 degrees, scale 1.00 ± 0.00 × 1.00 ± 0.00, 0.0 % of the sample points outside the image",
    );
    expect(figures!.fromIdentity).toBe(0);
  });

  it("finds one that samples mostly outside the image", async () => {
    const parameters = fixed(await trained("stn"), [1, 0, 1.5, 0, 1, 0]);
    const { verdict, text, figures } = await check("transformer", {
      model: models.stn,
      parameters,
    });
    expect(verdict).toBe("flag");
    expect(text).toMatch(/^samples mostly outside the image over 100 images; /);
    // x + 1.5 ≤ 1 for x ≤ −0.5: 7 of 28 columns stay
    expect(figures!.outside.mean).toBeCloseTo(0.75, 12);
  });

  it("finds one that does the same to every image", async () => {
    const parameters = fixed(await trained("stn"), [0.9, 0, 0, 0, 0.9, 0.1]);
    const { verdict, text } = await check("transformer", { model: models.stn, parameters });
    expect(verdict).toBe("flag");
    expect(text).toMatch(/^one map for every image over 100 images; /);
  });

  it("finds one that is NaN", async () => {
    const parameters = fixed(await trained("stn"), [Number.NaN, 0, 0, 0, 1, 0]);
    const { verdict, text } = await check("finite", { model: models.stn, parameters });
    expect(verdict).toBe("flag");
    expect(text).toMatch(/^1 weight \(fc_loc\.2\.bias\).* are not finite numbers$/);
    for (const name of ["leakage", "dead", "noise", "invariances", "transformer"] as const) {
      const found = await check(name, { model: models.stn, parameters });
      expect([found.verdict, found.text]).toEqual([
        "not tested",
        "weights or results are not finite numbers",
      ]);
    }
  });

  it("is not tested where there is none", async () => {
    expect(await check("transformer", { model: models.cnn })).toEqual({
      check: "transformer",
      verdict: "not tested",
      text: "cnn has no transformer",
    });
  });
});
