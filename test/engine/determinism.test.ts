import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { KernelBuild } from "../../src/engine/build.js";
import { Engine } from "../../src/engine/engine.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { classifierNames, type ModelName } from "../../src/models/index.js";
import { builds } from "../graph/executors.js";
import { graphOf } from "../models/graph-of.js";
import { CLASSES, initialParameters, MEAN, randomSet, STD } from "./random-images.js";

const shape = { channels: 1, rows: 28, columns: 28 };
const BATCH = 64;
const STEPS = 10;
/** The last batch has 32 images. */
const images = randomSet(STEPS * BATCH - BATCH / 2, shape);

function trainingEngine(model: ModelName, threads: number, build?: KernelBuild) {
  const graph = graphOf(model, shape, CLASSES);
  return Engine.create({
    plans: { train: { graph: withLoss(graph), training: true, objective: "loss", update: true } },
    sets: { images },
    batchSize: BATCH,
    threads,
    build,
    mean: MEAN,
    std: STD,
  });
}

/** SHA-256 of all parameters and losses after training with dropout. */
async function trainedBits(
  model: ModelName,
  threads: number,
  build: KernelBuild,
  { seed = 3, cuts = [0, STEPS] } = {},
): Promise<string> {
  const engine = await trainingEngine(model, threads, build);
  engine.setParameters(initialParameters(graphOf(model, shape, CLASSES)));
  cuts.slice(1).forEach((to, index) => {
    const from = cuts[index]!;
    engine.run({ plan: "train", set: "images", from, to, learningRate: 0.05, seed });
  });
  const hash = createHash("sha256");
  for (const [name, { values }] of engine.parameters()) {
    expect(values.every(Number.isFinite), name).toBe(true);
    hash.update(name).update(values);
  }
  hash.update(engine.stepLosses("images").slice());
  engine.close();
  return hash.digest("hex");
}

describe.each(builds)("%s", (build) => {
  it.each(classifierNames)("%s has the same bits with 1, 2, 3 and 8 threads", async (model) => {
    const alone = await trainedBits(model, 1, build);
    for (const threads of [2, 3, 8]) {
      expect(await trainedBits(model, threads, build), `${threads} threads`).toBe(alone);
    }
  });

  it("has the same bits when the steps are run in parts", async () => {
    const cuts = [0, 1, 7, STEPS];
    expect(await trainedBits("stn", 2, build, { cuts })).toBe(await trainedBits("stn", 2, build));
  });

  it("has other bits with another seed: dropout is on", async () => {
    const other = await trainedBits("cnn", 1, build, { seed: 4 });
    expect(other).not.toBe(await trainedBits("cnn", 1, build));
  });
});

it("gives both builds results that agree but not to the bit", async () => {
  const [relaxed, plain] = await Promise.all(builds.map((build) => trainedBits("cnn", 1, build)));
  expect(relaxed).not.toBe(plain);
});

it("limits threads to the number of shards", async () => {
  const engine = await trainingEngine("cnn", 20);
  expect(engine.threads).toBe(8);
  engine.close();
});
