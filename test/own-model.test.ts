import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  audit,
  conv2d,
  type Dataset,
  defineModel,
  digits,
  evaluate,
  flatten,
  InputError,
  linear,
  logSoftmax,
  maxPool2d,
  relu,
  train,
} from "../src/index.js";
import {
  readRun,
  readWeights,
  recordTraining,
  runFiles,
  trainRuns,
  writeReport,
} from "../src/node.js";

/** A network that is not in the catalogue. */
const toy = defineModel("toy.net-1", (image, { classes }) => {
  let x = conv2d(image, "stem", { outChannels: 6, kernelSize: 3 }); // [6, 26, 26]
  x = maxPool2d(relu(x), 3); // [6, 8, 8]
  return logSoftmax(linear(flatten(x), "head", { outFeatures: classes })); // [classes]
});

/** A data set of our own: two classes, 28×28. */
function ownData(): Dataset {
  const all = digits({ train: 1600, test: 300 });
  const two = (set: Dataset["train"]) => {
    const chosen = [...set.labels.keys()].filter((image) => set.labels[image]! < 2);
    return {
      count: chosen.length,
      images: Uint8Array.from(
        chosen.flatMap((at) => [...set.images.subarray(at * 784, (at + 1) * 784)]),
      ),
      labels: Uint8Array.from(chosen, (image) => set.labels[image]!),
    };
  };
  const [training, test] = [two(all.train), two(all.test)];
  return {
    ...all,
    name: "rings-and-sticks",
    classes: 2,
    train: training,
    test,
    digest: "5e".repeat(32),
  };
}

const data = ownData();
const recipe = { model: toy, data, epochs: 2, seed: 1, batchSize: 32, learningRate: 0.05 };

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-own-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a model that is defined outside", () => {
  it("trains, and is evaluated as it was validated", async () => {
    const { parameters, epochs } = await train(recipe);
    const { correct, total } = await evaluate({ model: toy, data, parameters });
    expect(total).toBe(data.test.count);
    expect(correct).toBe(epochs.at(-1)!.validationCorrect);
    expect(correct / total).toBeGreaterThan(0.9);
  });

  it("is recorded, stopped and resumed with the same bytes, alone and in parallel", async () => {
    const whole = await recordTraining({ ...recipe, directory: at("whole") });
    const controller = new AbortController();
    const parts = { ...recipe, directory: at("parts") };
    const stopped = await recordTraining({
      ...parts,
      signal: controller.signal,
      onEpoch: () => controller.abort(),
    });
    expect(stopped.record.state).toBe("stopped");
    await recordTraining({ ...parts, resume: true });
    await trainRuns({ runs: [{ ...recipe, directory: at("beside") }], threads: 1 });
    for (const name of ["parts", "beside"]) {
      const run = readRun(at(name));
      expect(run.record.digest).toBe(whole.record.digest);
      expect(run.model).toEqual(whole.model);
      for (const file of ["best", "last", "model", "views"] as const) {
        expect(readFileSync(runFiles(at(name))[file])).toEqual(
          readFileSync(runFiles(at("whole"))[file]),
        );
      }
    }
  });

  it("is read from its folder alone", async () => {
    const { model, record, metrics } = readRun(at("whole"));
    const { parameters } = readWeights(runFiles(at("whole")).best);
    const { correct } = await evaluate({ model, data, parameters });
    expect(model.graph).toEqual(toy.build(data).graph);
    expect(record.model).toBe("toy.net-1");
    expect(metrics.map(({ validationCorrect }) => validationCorrect)).toContain(correct);
  });

  it("is not resumed as another network of its name", async () => {
    const other = defineModel("toy.net-1", (image, { classes }) =>
      logSoftmax(linear(flatten(image), "head", { outFeatures: classes })),
    );
    await expect(
      recordTraining({ ...recipe, model: other, directory: at("whole"), epochs: 3, resume: true }),
    ).rejects.toThrow(
      /expected model toy\.net-1 \([0-9a-f]{12}\) to resume this run, got toy\.net-1/,
    );
  });

  it("is audited", async () => {
    const { model } = readRun(at("whole"));
    const { parameters } = readWeights(runFiles(at("whole")).best);
    const only = ["finite", "leakage", "dead", "reproducibility", "transformer"] as const;
    const { checks, model: name } = await audit({ model, data, parameters, only, images: 50 });
    expect(name).toBe("toy.net-1");
    expect(checks.map(({ check, verdict }) => [check, verdict])).toEqual([
      ["finite", "pass"],
      ["leakage", "pass"],
      ["dead", expect.stringMatching(/^(pass|flag)$/)],
      ["reproducibility", "pass"],
      ["transformer", "not tested"],
    ]);
  });

  it("is reported and drawn, without a word of any paper", async () => {
    const { html, table } = await writeReport([at("whole")], at("report"));
    const page = readFileSync(html, "utf8");
    expect(page).toContain("toy.net-1");
    expect(page).toContain("max-pool 3×3");
    expect(`${page}${readFileSync(table, "utf8")}`).not.toMatch(/study|published|MNIST|paper/i);
    expect(readdirSync(at("report/figures")).sort()).toEqual([
      "accuracy.svg",
      "calibration-toy.net-1.svg",
      "confusion-toy.net-1.svg",
      "loss.svg",
      "network-toy.net-1.svg",
    ]);
  });
});

describe("other values than models are refused", () => {
  it.each<[string, () => unknown, string]>([
    [
      "a name with a slash",
      () => defineModel("../x", (image) => image),
      'model: expected a name of at most 64 letters, digits, dots, dashes and underscores, got "../x"',
    ],
    [
      "a result of another length",
      () => defineModel("map", (image) => image).build({ ...data }),
      "map: result: expected shape [2], got [1, 28, 28]",
    ],
    [
      "nothing returned",
      () => defineModel("none", (() => undefined) as never).build(data),
      "none: expected a tensor made of the image, got undefined",
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });

  it("a model of other images", async () => {
    const model = toy.build({ channels: 3, rows: 28, columns: 28, classes: 2 });
    await expect(train({ ...recipe, model })).rejects.toThrow(
      "toy.net-1: image: expected shape [1, 28, 28], got [3, 28, 28]",
    );
  });
});
