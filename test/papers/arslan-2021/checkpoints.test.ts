import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../../src/data/dataset.js";
import { loadData } from "../../../src/data/load.node.js";
import { models } from "../../../src/models/index.js";
import {
  evaluateSetting,
  evaluationSettings,
  orderWords,
} from "../../../src/papers/arslan-2021/checkpoints.js";
import {
  missingCheckpoints,
  readRecordedCheckpoints,
} from "../../../src/papers/arslan-2021/checkpoints.node.js";
import { matchModel } from "../../../src/runs/recognize-model.js";
import { readWeights } from "../../../src/runs/weights-file.node.js";
import { dataFolder } from "../../reference-files.js";

const recorded = readRecordedCheckpoints();
const folder = join(dataFolder, "published");
const found = dataFolder !== "" && missingCheckpoints(folder).length === 0;
if (!found && process.env.FOVEA_REQUIRE_DATA) {
  throw new Error(`test data: expected FOVEA_DATA with published/*.pt, got "${dataFolder}"`);
}
if (!found) console.warn("the study's checkpoints are left out: FOVEA_DATA has no published/*.pt");

describe("the recorded evaluations", () => {
  it("have every setting of every checkpoint, on MNIST's test images", () => {
    expect(recorded.data.name).toBe("mnist");
    for (const { model, evaluations } of recorded.checkpoints) {
      const settings = evaluations.map(({ correct, total, loss, ...setting }) => setting);
      expect(settings).toEqual(evaluationSettings(model));
      for (const { total } of evaluations) expect(total).toBe(10_000);
    }
  });

  it("have the counts that PyTorch gives", () => {
    const counts = recorded.checkpoints.map(({ file, parameters, unused, evaluations }) => {
      const { correct, loss } = evaluations[0]!;
      return [file, parameters, unused, correct, loss.toFixed(4)];
    });
    expect(counts).toEqual([
      ["baseline_network.pt", 27_360, 0, 9926, "0.0253"],
      ["coordconv_network.pt", 30_144, 7690, 9918, "0.0302"],
      ["vit_network.pt", 25_460, 0, 9922, "0.0250"],
    ]);
  });
});

// A build that rounds otherwise may turn a single image.
describe.runIf(found)("the recorded evaluations repeat", () => {
  let data: Dataset;
  beforeAll(async () => {
    data = (await loadData(join(dataFolder, "mnist"))).data;
  });

  it.each([
    ["baseline_network.pt", "stn", 64, "order of the file"],
    ["vit_network.pt", "mha-batch", 1, "order of the file"],
    ["vit_network.pt", "mha-batch", 64, "sorted by class"],
    ["vit_network.pt", "mha-batch", 64, "shuffled, seed 1"],
    ["vit_network.pt", "mha", 64, "order of the file"],
  ] as const)("%s as %s, batches of %i, %s", async (file, model, batchSize, order) => {
    const record = recorded.checkpoints.find((each) => each.file === file)!;
    const evaluation = record.evaluations.find(
      (each) => each.model === model && each.batchSize === batchSize && orderWords(each) === order,
    )!;
    const path = join(folder, file);
    const { parameters } = matchModel(path, readWeights(path), models[record.model].build(data));
    const repeated = await evaluateSetting(evaluation, data, parameters);
    expect(data.digest).toBe(recorded.data.digest);
    expect(Math.abs(repeated.correct - evaluation.correct)).toBeLessThanOrEqual(1);
    expect(repeated.loss).toBeCloseTo(evaluation.loss, 5);
  });
});
