import { expect, it } from "vitest";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { models } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { graphOf } from "../models/graph-of.js";
import { changed, check, data, trained } from "./trained.js";

/** A plain classifier in which every unit fires. */
let lively: NamedTensors = initialize(graphOf("cnn", data, data.classes), 0);
for (const name of ["conv1.bias", "conv2.bias"]) {
  lively = changed(lively, name, (bias) => bias.fill(1));
}
lively = changed(lively, "fc1.bias", (bias) => bias.fill(50));

const lifeless = ["relu", "input", "zeros"];

it("finds none where there is none", async () => {
  const { verdict, figures, text } = await check("dead", {
    model: models.cnn,
    parameters: lively,
  });
  expect(figures).toEqual({ counted: 21840, working: 21840, idle: 0, images: 1280, groups: [] });
  expect(text).toBe("all 21,840 parameters have a gradient over 1,280 training images");
  expect(verdict).toBe("pass");
});

it("finds a ReLU that never fires, with the weights before and after it", async () => {
  const parameters = changed(lively, "fc1.bias", (bias) => {
    bias[7] = -1e6;
  });
  const { verdict, figures, text } = await check("dead", { model: models.cnn, parameters });
  expect(verdict).toBe("flag");
  expect(figures!.groups).toEqual([
    { tensor: "fc1.weight", reason: "relu", count: 320, size: 16000 },
    { tensor: "fc1.bias", reason: "relu", count: 1, size: 50 },
    { tensor: "fc2.weight", reason: "input", count: 10, size: 500 },
  ]);
  expect(text).toBe(
    "21,840 counted, 21,840 working; 331 idle over 1,280 training images: 321 before a ReLU that never fires (fc1.weight, fc1.bias) and 10 on inputs that are always 0 (fc2.weight)",
  );
});

it("finds a channel of a convolution that never fires", async () => {
  const parameters = changed(lively, "conv1.bias", (bias) => {
    bias[3] = -1e6;
  });
  const { figures } = await check("dead", { model: models.cnn, parameters });
  expect(figures!.groups).toEqual([
    { tensor: "conv1.weight", reason: "relu", count: 25, size: 250 },
    { tensor: "conv1.bias", reason: "relu", count: 1, size: 10 },
    { tensor: "conv2.weight", reason: "input", count: 500, size: 5000 },
  ]);
});

it("finds units that only weights of 0 read, also in earlier layers", async () => {
  const parameters = changed(await trained("stn"), "fc_loc.2.weight", (weight) => weight.fill(0));
  const { figures, text } = await check("dead", { model: models.stn, parameters });
  const localization = figures!.groups.filter(({ tensor }) =>
    /^(localization|fc_loc)/.test(tensor),
  );
  expect(localization.some(({ reason }) => reason === "zeros")).toBe(true);
  for (const { reason } of localization) expect(lifeless).toContain(reason);
  const count = localization.reduce((sum, group) => sum + group.count, 0);
  // localization.0, localization.3 and fc_loc.0; those of fc_loc.2 itself work.
  expect(count).toBeGreaterThanOrEqual(8 * 49 + 8 + 10 * 8 * 25 + 10 + 32 * 90 + 32);
  expect(text).toContain(" read only by weights that are 0 (localization.0.weight");
});

it("says so where it finds no reason", async () => {
  // All sample points lie outside the image, so that theta has no gradient.
  const parameters = changed(await trained("stn"), "fc_loc.2.bias", (bias) =>
    bias.set([1, 0, 300, 0, 1, 300]),
  );
  const { figures, text } = await check("dead", { model: models.stn, parameters });
  const { groups } = figures!;
  expect(groups).toContainEqual({ tensor: "fc_loc.2.bias", reason: "unknown", count: 6, size: 6 });
  expect(groups.filter(({ reason }) => reason === "zeros")).toEqual([]);
  expect(text).toContain(" without a gradient over these images, reason not found (");
});

it("finds it in a CoordConv, whose coordinates are never always 0", async () => {
  const parameters = changed(await trained("coordconv-stn"), "conv1.conv.bias", (bias) => {
    bias.fill(-1e6);
  });
  const { figures } = await check("dead", { model: models["coordconv-stn"], parameters });
  const ofConvolutions = figures!.groups.filter(({ tensor }) => /^conv\d/.test(tensor));
  expect(ofConvolutions).toEqual([
    { tensor: "conv1.conv.weight", reason: "relu", count: 750, size: 750 },
    { tensor: "conv1.conv.bias", reason: "relu", count: 10, size: 10 },
    { tensor: "conv2.conv.weight", reason: "input", count: 5000, size: 6000 },
  ]);
});

it.each(["mha", "mha-batch"] as const)("finds the key biases of %s", async (model) => {
  const parameters = await trained(model);
  const { figures, text } = await check("dead", { model: models[model], parameters });
  expect(figures!.groups.filter(({ reason }) => reason === "softmax")).toEqual([
    { tensor: "vit1.ma.in_proj_bias", reason: "softmax", count: 10, size: 30 },
    { tensor: "vit2.ma.in_proj_bias", reason: "softmax", count: 20, size: 60 },
  ]);
  expect([figures!.counted, figures!.working]).toEqual([25460, 25430]);
  expect(text).toContain(
    "25,460 counted, 25,430 working: 30 key biases that a softmax does not see (vit1.ma.in_proj_bias, vit2.ma.in_proj_bias)",
  );
});

it("counts tensors that no part of the model reads", async () => {
  const { figures, text, verdict } = await check("dead", {
    model: models.cnn,
    parameters: lively,
    unused: [{ name: "old.weight", shape: [10, 1, 5, 5] }],
  });
  expect([figures!.counted, figures!.working]).toEqual([22090, 21840]);
  expect(text).toBe("22,090 counted, 21,840 working: 250 that the model never reads (old.weight)");
  expect(verdict).toBe("flag");
});

it("is not made with untrained weights", async () => {
  expect(await check("dead", { model: models.stn })).toEqual({
    check: "dead",
    verdict: "not tested",
    text: "untrained weights",
  });
});
