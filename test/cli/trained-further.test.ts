import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digits, initialize, models } from "../../src/index.js";
import { writeOnnx } from "../../src/onnx.js";
import { type Answer, fewDigits, runEach } from "./run-fovea.js";

const classNames = [..."abcdefghij"];
const counts = { train: 200, test: 50 };
const lines = {
  imported: "import theirs.onnx theirs",
  predicted: "predict theirs seven.pgm --json",
  predictedOfSize: "predict theirs seven.pgm --size 28",
  importedPlain: "import plain.onnx plain",
  predictedPlain: "predict plain seven.pgm --json",
  predictedGiven: "predict plain seven.pgm --json --mean 0.5 --std 0.25",
  trained: "train theirs --data digits --epochs 1 --validation 40 --out run",
  evaluated: "evaluate run --json",
  resumed: "train --resume run --epochs 2",
  again: "evaluate run --json",
  withModel: "train run/model.json --resume run --epochs 3",
  withImported: "train theirs --resume run --epochs 4",
  withOther: "train cnn --resume run --epochs 5",
  fromRun: "train run/model.json --data digits --epochs 1 --out fresh",
  setOfBuilt: "train run/model.json --set width=3",
} as const;

let folder: string;
let answers: Record<keyof typeof lines, Answer>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-further-"));
  const model = models.lenet3.build(digits(counts));
  const weights = initialize(model.graph, 3);
  writeFileSync(
    join(folder, "theirs.onnx"),
    writeOnnx(model, weights, { mean: 0.5, std: 0.25, classNames }),
  );
  writeFileSync(join(folder, "plain.onnx"), writeOnnx(model, weights, { input: "normalized" }));
  const pixels = digits(counts).test.images.subarray(0, 784);
  writeFileSync(join(folder, "seven.pgm"), Buffer.concat([Buffer.from("P5 28 28 255\n"), pixels]));
  const found = runEach(
    Object.values(lines).map((line) => line.split(" ")),
    folder,
    fewDigits(counts),
  );
  answers = Object.fromEntries(
    Object.keys(lines).map((name, at) => [name, found[at]!]),
  ) as typeof answers;
});
afterAll(() => rmSync(folder, { recursive: true }));

const recordOf = (run: string) => JSON.parse(readFileSync(join(folder, run, "run.json"), "utf8"));

describe("an imported network that classifies pictures", () => {
  it("takes them as its file says, with the file's names of classes", () => {
    const [named] = JSON.parse(answers.predicted.stdout);
    const [plain] = JSON.parse(answers.predictedGiven.stdout);
    expect(named.class).toBe(classNames[Number(plain.class)]);
    expect(named.probability).toBeCloseTo(plain.probability, 5);
  });

  it("asks for a normalisation where the file has none, and refuses what it knows", () => {
    expect(answers.predictedPlain.stderr).toBe(
      "fovea predict: expected --mean and --std, got plain, whose file does not say how images are normalised\n",
    );
    expect(answers.predictedOfSize.stderr).toContain("--size only with a file of weights");
    expect([answers.predictedPlain.code, answers.predictedOfSize.code]).toEqual([2, 2]);
  });
});

describe("an imported network that is trained further", () => {
  it("takes images as its file says, and says that this is not as the data do", () => {
    expect(answers.imported.code).toBe(0);
    const { code, stderr } = answers.trained;
    expect(code).toBe(0);
    const { data, spec } = recordOf("run");
    expect(data.mean).toBeCloseTo(0.5, 6);
    expect(data.std).toBeCloseTo(0.25, 6);
    expect(spec.data).toEqual({ digest: data.digest, mean: data.mean, std: data.std });
    const { mean, std } = digits(counts);
    expect(stderr).toContain(
      `images: (x / 255 − ${data.mean}) / ${data.std} as the network takes them, not (x / 255 − ${mean}) / ${std}\n`,
    );
  });

  it("is evaluated and resumed with images that go in as before", () => {
    for (const name of ["evaluated", "again"] as const) {
      const { code, stdout, stderr } = answers[name];
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("warning") });
      const { correct, recorded } = JSON.parse(stdout);
      expect(recorded.correct).toBe(correct);
    }
    expect(answers.resumed.code).toBe(0);
    expect(recordOf("run").data.mean).toBeCloseTo(0.5, 6);
  });
});

describe("a model.json", () => {
  it("is taken as MODEL, with --resume too, as a folder of fovea import is", () => {
    expect(answers.withModel).toMatchObject({ code: 0 });
    expect(answers.withImported).toMatchObject({ code: 0 });
    expect(recordOf("run").spec.recipe.epochs).toBe(4);
    expect(answers.fromRun.code).toBe(0);
    expect(recordOf("fresh").spec.model).toBe(recordOf("run").spec.model);
    // It says nothing of how images go in.
    expect(recordOf("fresh").data.mean).toBe(digits(counts).mean);
  });

  it.each<[keyof typeof lines, RegExp]>([
    [
      "withOther",
      /^run: expected model theirs \(\w{12}\) to resume this run, got cnn \(\w{12}\)$/m,
    ],
    ["setOfBuilt", /^fovea train: expected --set only with a definition, got run\/model.json$/m],
  ])("%s is refused", (name, message) => {
    expect(answers[name].code).toBe(2);
    expect(answers[name].stderr.replace("fovea train: run", "run")).toMatch(message);
  });
});
