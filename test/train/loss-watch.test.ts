import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import { defineModel, flatten, linear, models, train } from "../../src/index.js";
import { guessingLoss, LossWatch, lossWarningText } from "../../src/train/loss-watch.js";

const guessing = Math.log(10);

/** What a watch says of losses, and after how many. */
function told(losses: readonly number[], chance: number | undefined = guessing) {
  const watch = new LossWatch(chance);
  const warnings = losses.flatMap((loss) => watch.add(loss, 0.1) ?? []);
  expect(warnings).toHaveLength(watch.warning === undefined ? 0 : 1);
  return watch.warning;
}

const steps = (count: number, loss: (step: number) => number) =>
  Array.from({ length: count }, (_, step) => loss(step));

describe("LossWatch", () => {
  it.each([
    ["falls", steps(2000, (step) => guessing * 0.99 ** (step / 10))],
    ["falls after 400 steps", steps(2000, (step) => (step < 400 ? guessing : 1))],
    ["is noisy", steps(2000, (step) => 1 + Math.sin(step) ** 2)],
    ["begins far above guessing and falls", steps(2000, (step) => 20 / (1 + step / 10))],
    ["is flat for less than 500 steps", steps(499, () => guessing)],
  ])("says nothing where the loss %s", (_, losses) => {
    expect(told(losses)).toBeUndefined();
  });

  it.each([
    ["is flat", steps(900, () => guessing), "flat", 500, "higher"],
    ["is flat after a peak", steps(900, (at) => (at === 9 ? 9 : guessing)), "flat", 500, "lower"],
    ["is NaN", [2, 1, Number.NaN, 1], "notFinite", 3, "lower"],
    ["is infinite", [2, Number.POSITIVE_INFINITY], "notFinite", 2, "lower"],
    ["rises", steps(400, (step) => 2 + step / 50), "rising", 200, "lower"],
    ["returns to guessing", steps(900, (at) => (at < 300 ? 1 : guessing)), "rising", 400, "lower"],
  ] as const)("tells once where the loss %s", (_, losses, kind, step, advice) => {
    expect(told(losses)).toMatchObject({ kind, step, advice, learningRate: 0.1 });
  });

  it("judges only what is finite where the loss of guessing is unknown", () => {
    const watch = new LossWatch(undefined);
    for (const loss of steps(900, () => guessing)) expect(watch.add(loss, 1)).toBeUndefined();
    expect(watch.add(Number.NaN, 1)).toMatchObject({ kind: "notFinite" });
  });
});

it("guessing has the entropy of the classes, for the plain cross-entropy alone", () => {
  const data = digits({ train: 100, test: 10 });
  const plain = { kind: "crossEntropy", labelSmoothing: 0, classWeights: [] } as const;
  const halves = { ...data, train: { ...data.train, labels: data.train.labels.map((l) => l % 2) } };
  expect(guessingLoss(halves, plain)).toBeCloseTo(Math.log(2), 2);
  expect(guessingLoss(data, { ...plain, labelSmoothing: 0.1 })).toBeUndefined();
  expect(guessingLoss(data, { kind: "mse" })).toBeUndefined();
});

describe("train", () => {
  const data = digits({ train: 64, test: 16 });
  const line = defineModel("line", (image, { classes }) =>
    linear(flatten(image), "fc", { outFeatures: classes }),
  );

  it("tells a rate that is too high, once, in a callback and in its result", async () => {
    const warnings: string[] = [];
    const { warning } = await train({
      ...{ model: models.lenet3, data, batchSize: 8, epochs: 4, learningRate: 1e20 },
      onWarning: (each) => warnings.push(lossWarningText(each)),
    });
    expect(warning).toMatchObject({ kind: "notFinite", advice: "lower", learningRate: 1e20 });
    expect(warnings).toEqual([
      `its loss is not finite since step ${warning!.step}: try a lower learning rate than 100000000000000000000 (fovea find-lr shows the loss over a range of rates)`,
    ]);
  });

  it("tells a rate that is too low", async () => {
    const { warning } = await train({
      ...{ model: line, data, batchSize: 8, epochs: 63, learningRate: 1e-9 },
    });
    expect(warning).toMatchObject({ kind: "flat", step: 500, advice: "higher" });
  });

  it("says nothing of a rate that works", async () => {
    const { warning } = await train({ model: line, data, batchSize: 8, epochs: 63 });
    expect(warning).toBeUndefined();
  });
});
