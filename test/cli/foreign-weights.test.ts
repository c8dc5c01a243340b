import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { writePyTorch } from "../../src/formats/write-pytorch.js";
import { models } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { fewDigits, runEach } from "./run-fovea.js";

const input = { channels: 1, rows: 28, columns: 28, classes: 10 };
const parameters = initialize(models.stn.build(input).graph, 3);
const bias = parameters.get("fc2.bias")!;
/** As a wrapper names them, with a weight that is infinite. */
const wrapped = new Map(
  [...parameters].map(([name, tensor]) => [`model.${name}`, tensor] as const),
).set("model.fc2.bias", { ...bias, values: bias.values.with(3, Number.NEGATIVE_INFINITY) });

const theta = parameters.get("fc_loc.2.bias")!;
/** Whose transformer samples nowhere. */
const broken = new Map(parameters).set("fc_loc.2.bias", {
  ...theta,
  values: theta.values.with(0, Number.NaN),
});

const few = fewDigits({ train: 10, test: 200 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-foreign-"));
  writeFileSync(join(folder, "wrapped.CKPT"), writePyTorch(wrapped));
  writeFileSync(join(folder, "nan.pt"), writePyTorch(broken));
  writeFileSync(join(folder, "tensors.pt"), writeSafetensors(parameters, { model: "mine" }));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("weights from elsewhere", () => {
  test("are read whatever the file's ending, and what was done is said", () => {
    const given = ["--mean", "0.5", "--std", "0.5", "--align-corners"];
    const evaluate = ["evaluate", "wrapped.CKPT", "--data", "digits", ...given];
    const [json, text] = runEach([[...evaluate, "--json"], evaluate], folder, few);
    const found = JSON.parse(json!.stdout);
    expect(found).toMatchObject({
      model: "stn",
      loss: "Infinity",
      weights: "wrapped.CKPT",
      prefix: "model.",
      preprocessing: { mean: 0.5, std: 0.5, alignCorners: true },
      notFinite: [{ tensor: "fc2.bias", count: 1, size: 10 }],
    });
    expect(text!.stdout.split("\n").slice(1)).toEqual([
      expect.stringMatching(/^stn: .* loss Infinity$/),
      'names: without "model." before each',
      "preprocessing: (x / 255 − 0.5) / 0.5, align_corners=True",
      "not finite: 1 weight (fc2.bias)",
      "",
    ]);
  });

  test("predict nothing where they make NaN", () => {
    const [json, text] = runEach(
      [
        ["evaluate", "nan.pt", "--model", "stn", "--data", "digits", "--json"],
        ["evaluate", "nan.pt", "--model", "stn", "--data", "digits"],
      ],
      folder,
      few,
    );
    const { correct, total, withoutPrediction, loss } = JSON.parse(json!.stdout);
    expect({ correct, withoutPrediction, loss }).toEqual({
      correct: 0,
      withoutPrediction: total,
      loss: "NaN",
    });
    expect(text!.stdout).toContain(
      "no prediction: the results of all images are NaN, which counts as wrong\n",
    );
  });

  test("are exported under any ending of PyTorch's", () => {
    const names = ["a.pt", "b.PTH", "c.ckpt", "d.bin", "e.SafeTensors"];
    const answers = runEach(
      names.map((name) => ["export", "tensors.pt", name]),
      folder,
    );
    expect(answers.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, ""]));
    expect(names.filter((name) => existsSync(join(folder, name)))).toEqual(names);
  });
});
