import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditSubject, findAuditTarget } from "../../src/cli/audit-target.js";
import { type ModelName, models } from "../../src/models/index.js";
import { recordTraining } from "../../src/runs/record-training.node.js";
import { runFiles } from "../../src/runs/run-folder.node.js";
import { emptyData, fakeTrainer, parametersAfter } from "../runs/fake-trainer.js";

let folder: string;
const at = (name: string) => join(folder, name);

async function record(name: string, model: ModelName, seed: number, losses: number[]) {
  const settings = { batchSize: 64, learningRate: 0.01, epochs: losses.length };
  const run = { directory: at(name), model: models[model], seed, data: emptyData, ...settings };
  await recordTraining(run, fakeTrainer(losses));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-audit-target-"));
  await record("first", "cnn", 0, [2, 1]);
  await record("second", "cnn", 1, [2, 1]);
  await record("again", "cnn", 1, [2, 1]);
  await record("longer", "cnn", 2, [3, 2, 1]);
  await record("stn", "stn", 3, [2, 1]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("what is audited", () => {
  it("is a run's best weights with its history and settings", async () => {
    const target = await findAuditTarget(at("first"), [at("second")], {});
    expect(target.weights).toBe("best");
    const subject = auditSubject(target, emptyData, {});
    expect(subject).toMatchObject({
      model: models.cnn.build(emptyData),
      seed: 0,
      batchSize: 64,
      learningRate: 0.01,
    });
    expect(subject.history!.map(({ validationLoss }) => validationLoss)).toEqual([2, 1]);
    expect(subject.seedAccuracies).toHaveLength(2);
  });

  it("is a run's last weights", async () => {
    await record("worse", "cnn", 5, [1, 2]);
    const { weights, found } = await findAuditTarget(at("worse"), [], { last: true });
    expect(weights).toBe("last");
    expect(found!.tensors.parameters).toEqual(parametersAfter(models.cnn, 2));
    await expect(findAuditTarget("stn", [], { last: true })).rejects.toThrow(
      "--last only with a run",
    );
  });

  it("is a file's weights, without history", async () => {
    const file = runFiles(at("first")).best;
    const target = await findAuditTarget(file, [], {});
    expect(target.weights).toBe(file);
    const subject = auditSubject(target, emptyData, {});
    expect(subject.model.name).toBe("cnn");
    expect(subject.history).toBeUndefined();
  });

  it("is an untrained model, by its name", async () => {
    const target = await findAuditTarget("stn", [], {});
    expect(target.weights).toBe("initial values");
    expect(auditSubject(target, emptyData, {})).toEqual({
      model: models.stn.build(emptyData),
    });
  });
});

describe("runs that differ in more than the seed are refused", () => {
  it.each([
    ["stn", /model cnn \([0-9a-f]{12}\) as the first run, got stn/],
    ["longer", /epochs 2 as the first run, got 3/],
    ["first", /a seed that no run before has, got 0/],
  ])("%s", async (other, message) => {
    const found = findAuditTarget(at("first"), [at(other)], {});
    await expect(found).rejects.toThrow(message);
    await expect(found).rejects.toThrow(`${at(other)}: expected `);
  });

  it("also when compared with each other", async () => {
    await expect(findAuditTarget(at("first"), [at("second"), at("again")], {})).rejects.toThrow(
      `${at("again")}: expected a seed that no run before has, got 1`,
    );
  });
});
