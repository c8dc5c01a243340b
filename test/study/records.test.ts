import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { studyNetworks } from "../../src/cli/study-networks.js";
import type { Dataset } from "../../src/data/dataset.js";
import { digits } from "../../src/data/sources/digits.js";
import { distortedNames } from "../../src/data/sources/distorted-names.js";
import { countParameters } from "../../src/graph/graph.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { recipe } from "../../src/papers/arslan-2021/recipe.js";
import { expandStudy, variantsOf } from "../../src/study/expand.js";
import { parseManifest } from "../../src/study/manifest.js";

const folder = "results/manifests";
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));
const few = digits({ train: 20, test: 20 });
const sides: Record<string, number> = { "mnist-rts": 42, "mnist-cluttered": 60 };

function read(name: string) {
  const file = join(folder, `${name}.json`);
  return parseManifest(JSON.parse(readFileSync(file, "utf8")), file);
}

/** Data of the study's shape. */
function shaped(name: string): Dataset {
  const side = sides[name] ?? 28;
  const images = new Uint8Array(20 * side * side);
  const set = { count: 20, images, labels: new Uint8Array(20) };
  return { ...few, rows: side, columns: side, train: set, test: set };
}

describe.each(names)("%s", (name) => {
  const study = read(name);
  const networks = studyNetworks(name, study, shaped(study.data), join(folder, `${name}.json`));

  it("plans runs with different names", () => {
    const keys = expandStudy(study).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("takes data that a name finds", () => {
    expect(["mnist", ...distortedNames]).toContain(study.data);
  });

  it("has networks, whose parameters its groups and penalties find", async () => {
    const built = await networks;
    for (const { name: variant, recipe: of } of variantsOf(study)) {
      const { graph } = built.get(variant)!;
      withLoss(graph, of.loss, of.penalty);
      for (const { match } of of.groups ?? []) {
        const prefix = match.replace("*", "");
        expect(graph.parameters.some((each) => each.name.startsWith(prefix))).toBe(true);
      }
    }
  });

  it("compares networks of as many parameters, where it says that they match", async () => {
    const built = await networks;
    const counts = new Map([...built].map(([of, { graph }]) => [of, countParameters(graph)]));
    for (const [of, count] of counts) {
      if (!of.endsWith("-matched")) continue;
      const own = counts.get(of.replace("-matched", ""))!;
      expect(Math.abs(count / own - 1), of).toBeLessThan(0.01);
    }
  });
});

it("the study of 2021 has its recipe", () => {
  const { models, recipe: of } = read("record-1-study-2021");
  expect(models.map(({ model }) => model)).toEqual([
    "cnn",
    "stn",
    "coordconv-stn",
    "mha",
    "mha-batch",
  ]);
  expect(of).toEqual({
    epochs: recipe.paperEpochs,
    batchSize: recipe.batchSize,
    learningRate: recipe.learningRate,
  });
});
