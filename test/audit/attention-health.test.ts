import { describe, expect, it } from "vitest";
import { models } from "../../src/models/index.js";
import { changed, check, trained } from "./trained.js";

describe.each([
  ["mha", "places"],
  ["mha-batch", "batch"],
] as const)("attention of %s", (model, over) => {
  it("is measured head by head", async () => {
    const { figures, text } = await check("attention", {
      model: models[model],
      parameters: await trained(model),
    });
    expect(figures!.over).toBe(over);
    expect(figures!.heads.map(({ block, head }) => `${block} ${head}`)).toEqual([
      "vit1 1",
      "vit1 2",
      "vit2 1",
      "vit2 2",
    ]);
    for (const { entropy, largest } of figures!.heads) {
      expect(entropy).toBeGreaterThan(0);
      expect(entropy).toBeLessThanOrEqual(1);
      expect(largest).toBeGreaterThan(0);
      expect(largest).toBeLessThanOrEqual(1);
    }
    expect(figures!.pairs.map(({ block, heads }) => [block, heads])).toEqual([
      ["vit1", [1, 2]],
      ["vit2", [1, 2]],
    ]);
    expect(text).toContain(
      `over 100 images, attending over ${over === "batch" ? "the batch" : "positions"}`,
    );
  });

  it("finds heads that take a plain mean, and so repeat each other", async () => {
    // Queries of 0 give every key the same score.
    const parameters = changed(await trained(model), "vit2.ma.in_proj_weight", (weight) =>
      weight.fill(0, 0, 20 * 20),
    );
    const silent = changed(parameters, "vit2.ma.in_proj_bias", (bias) => bias.fill(0, 0, 20));
    const { verdict, text, figures } = await check("attention", {
      model: models[model],
      parameters: silent,
    });
    expect(verdict).toBe("flag");
    expect(text).toContain("vit2 head 1 takes a plain mean; vit2 head 2 takes a plain mean; ");
    expect(text).toContain("vit2 heads 1 and 2 repeat each other; ");
    const own = figures!.heads.filter(({ block }) => block === "vit2");
    for (const { entropy } of own) expect(entropy).toBeCloseTo(1, 10);
  });

  it("finds a head that repeats another", async () => {
    // Queries and keys of head 2 (channels 5 to 9) become those of head 1, but larger, so that they choose.
    let parameters = await trained(model);
    parameters = changed(parameters, "vit1.ma.in_proj_weight", (weight) => {
      for (const first of [0, 10]) {
        for (let at = 0; at < 50; at++) weight[first * 10 + at]! *= 8;
        weight.copyWithin((first + 5) * 10, first * 10, (first + 5) * 10);
      }
    });
    parameters = changed(parameters, "vit1.ma.in_proj_bias", (bias) => {
      for (const first of [0, 10]) bias.copyWithin(first + 5, first, first + 5);
    });
    const { text, figures, verdict } = await check("attention", {
      model: models[model],
      parameters,
    });
    expect(verdict).toBe("flag");
    expect(figures!.pairs[0]!.divergence).toBeCloseTo(0, 12);
    expect(figures!.heads[0]!.entropy).toBeLessThan(0.99);
    expect(text).toContain("vit1 heads 1 and 2 repeat each other; ");
  });
});

it("is not tested where there is none", async () => {
  expect(await check("attention", { model: models.stn })).toEqual({
    check: "attention",
    verdict: "not tested",
    text: "stn has no attention",
  });
});

it.each([{ images: 1 }, { batchSize: 1 }])("over a batch is not tested with %j", async (few) => {
  const parameters = await trained("mha-batch");
  expect(await check("attention", { model: models["mha-batch"], parameters, ...few })).toEqual({
    check: "attention",
    verdict: "not tested",
    text: "every image is a batch of its own, so that none has others to attend to",
  });
});
