import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classifierNames, type Dataset, digits } from "../../src/index.js";
import { models } from "../../src/models/index.js";
import {
  type RecordTrainingOptions,
  type Run,
  recordTraining,
  runFiles,
  writeReport,
} from "../../src/node.js";
import { expectWellFormed } from "../report/well-formed.js";
import { figures } from "./figures.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-same-bits-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (path: string) => readFileSync(path).toString("base64");

/** The files of a run that do not depend on when, how fast and in how many parts it ran. */
function content(directory: string): string[] {
  const { best, last, views } = runFiles(directory);
  return [best, last, views].map(bytes);
}

describe("a few images", () => {
  let data: Dataset;
  beforeAll(() => {
    data = digits({ train: 650, test: 200 });
  });

  const record = (name: string, change: Partial<RecordTrainingOptions> = {}): Promise<Run> =>
    recordTraining({
      directory: join(folder, name),
      model: models.stn,
      data,
      epochs: 2,
      seed: 3,
      batchSize: 64,
      learningRate: 0.01,
      threads: 2,
      ...change,
    });

  it.each(classifierNames)("train %s to the same bytes on 1, 2 and 3 threads", async (model) => {
    const runs = [];
    for (const threads of [1, 2, 3]) {
      const run = await record(`${model}-${threads}-threads`, { model: models[model], threads });
      expect(run.record.threads).toBe(threads);
      runs.push(run);
    }
    for (const { directory, metrics } of runs.slice(1)) {
      expect(figures(metrics)).toEqual(figures(runs[0]!.metrics));
      expect(content(directory)).toEqual(content(runs[0]!.directory));
    }
  });

  it("train to other bytes with another seed", async () => {
    const one = await record("seed-3");
    const other = await record("seed-4", { seed: 4 });
    expect(content(other.directory)).not.toEqual(content(one.directory));
  });

  it.each(["stn", "mha-batch"] as const)(
    "train %s to the same bytes when stopped after an epoch and resumed",
    async (model) => {
      const whole = await record(`${model}-whole`, { model: models[model], epochs: 3 });
      const controller = new AbortController();
      const stopped = await record(`${model}-parts`, {
        model: models[model],
        epochs: 3,
        signal: controller.signal,
        onEpoch: () => controller.abort(),
      });
      expect(stopped.record.state).toBe("stopped");
      expect(stopped.metrics).toHaveLength(1);
      const resumed = await record(`${model}-parts`, {
        model: models[model],
        epochs: 3,
        resume: true,
      });
      expect(resumed.record.state).toBe("done");
      expect(figures(resumed.metrics)).toEqual(figures(whole.metrics));
      expect(content(resumed.directory)).toEqual(content(whole.directory));
    },
  );

  it("make a report of all models", async () => {
    const runs = [];
    for (const model of classifierNames) {
      runs.push(await record(`report-${model}`, { model: models[model], epochs: 1 }));
    }
    const { html, table } = await writeReport(
      runs.map(({ directory }) => directory),
      join(folder, "report"),
    );
    const page = readFileSync(html, "utf8");
    const rows = readFileSync(table, "utf8");
    // Loss, accuracy, the networks (two of them in one), a strip for each that transforms or attends, and three
    // figures of each one's predictions.
    const drawn = readdirSync(join(folder, "report", "figures"));
    expect(drawn).toHaveLength(2 + classifierNames.length - 1 + 4 + 3 * classifierNames.length);
    expect(page.match(/<figure/g)).toHaveLength(drawn.length);
    for (const name of drawn) {
      expectWellFormed(readFileSync(join(folder, "report", "figures", name), "utf8"));
    }
    for (const model of classifierNames) {
      // After ten steps a model may be near chance still, which is marked.
      expect(rows).toMatch(new RegExp(`^\\| ${model}(?: !)? \\| 3 \\|`, "m"));
    }
    expect(drawn).toContain("network-cnn.svg");
    expect(drawn).toContain("network-mha-mha-batch.svg");
  });
});
