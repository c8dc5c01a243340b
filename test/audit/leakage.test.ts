import { expect, it } from "vitest";
import { models } from "../../src/models/index.js";
import { check, trained } from "./trained.js";

it.each(["cnn", "stn", "mha"] as const)("%s: no bit depends on other images", async (model) => {
  const { verdict, text, figures } = await check("leakage", {
    model: models[model],
    parameters: await trained(model),
  });
  expect(text).toBe(
    "the same bits alone and in 16 arrangements of 100 images; no gradient with respect to another image's pixels",
  );
  expect(verdict).toBe("pass");
  expect(figures!.gradient.largestOther).toBe(0);
  expect(figures!.gradient.largestOwn).toBeGreaterThan(0);
  for (const { correct, changed, largestChange } of figures!.arrangements) {
    expect([correct, changed, largestChange]).toEqual([figures!.correctAlone, 0, 0]);
  }
});

it("finds what mha-batch mixes", async () => {
  const parameters = await trained("mha-batch");
  const { verdict, text, figures } = await check("leakage", {
    model: models["mha-batch"],
    parameters,
  });
  expect(verdict).toBe("flag");
  expect(text).toMatch(
    /^100 of 100 images depend on their batch, log-probabilities by up to [\d.e+-]+: [\d.]+ % right .*, [\d.]+ % .*; another image's pixels have up to [\d.]+ % of the gradient of the image's own$/,
  );
  expect(figures!.gradient.largestOther).toBeGreaterThan(0);
  expect(figures!.arrangements.map(({ batchSize, order }) => `${batchSize} ${order}`)).toEqual(
    [2, 8, 64, 256].flatMap((size) =>
      ["file", "class", "shuffled", "shuffled"].map((order) => `${size} ${order}`),
    ),
  );
  for (const { changed } of figures!.arrangements) expect(changed).toBe(100);
});

it("needs no trained weights", async () => {
  expect((await check("leakage", { model: models.mha })).verdict).toBe("pass");
  expect((await check("leakage", { model: models["mha-batch"] })).verdict).toBe("flag");
});

it("is not tested with one image", async () => {
  expect(await check("leakage", { model: models["mha-batch"], images: 1 })).toEqual({
    check: "leakage",
    verdict: "not tested",
    text: "one image has no others beside it",
  });
});
