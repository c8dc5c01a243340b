import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { claims } from "../../src/papers/arslan-2021/claims/index.js";
import { formatEpoch } from "../../src/runs/metrics-codec.js";
import { writeMetrics } from "../../src/runs/metrics-file.node.js";
import { runFiles, writeModel, writeRecord } from "../../src/runs/run-folder.node.js";
import { fakeRun } from "../report/fixtures.js";
import { type Answer, runEach } from "./run-fovea.js";

let folder: string;
let plain: Answer;
let json: Answer;
let page: Answer;
let refused: Answer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-claims-"));
  run("stn", "mnist");
  run("digits", "digits");
  const claims = ["claims", "--results", "stn"];
  const commands = [
    claims,
    [...claims, "--json"],
    [...claims, "--markdown"],
    ["claims", "--results", "digits"],
  ];
  // Without the study's checkpoints: recorded evaluations are read.
  const answers = runEach(commands, folder, { FOVEA_DATA: "" });
  [plain, json, page, refused] = answers as [Answer, Answer, Answer, Answer];
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A run of stn with two epochs. */
function run(name: string, data: string): void {
  const pairs = [
    [0.2, 9400],
    [0.1, 9700],
  ] as const;
  const { record, metrics, model } = fakeRun("stn", pairs, { data });
  const directory = join(folder, name);
  mkdirSync(directory);
  writeRecord(directory, record);
  writeModel(directory, model);
  writeMetrics(runFiles(directory).metrics, metrics.map(formatEpoch));
}

const measure = z.strictObject({
  network: z.string(),
  what: z.string(),
  value: z.number(),
  unit: z.enum(["share", "nats", "parameters"]),
  epoch: z.int().positive().optional(),
  loss: z.number().optional(),
  interval: z.strictObject({ low: z.number(), high: z.number() }).optional(),
});
const output = z.strictObject({
  runs: z.array(z.strictObject({ model: z.string(), seed: z.int(), epochs: z.int() })),
  checkpoints: z.array(z.object({ file: z.string(), evaluations: z.array(z.object({})) })),
  claims: z.array(
    z.strictObject({
      id: z.string(),
      statement: z.string(),
      rule: z.string(),
      verdict: z.enum(["confirmed", "not confirmed", "not testable"]),
      reason: z.string(),
      published: z.array(measure),
      checkpoint: z.array(measure),
      built: z.array(measure).optional(),
      trained: z.array(measure),
    }),
  ),
});

describe("fovea claims", () => {
  it("prints plain blocks that fit a terminal", () => {
    const { code, stdout, stderr } = plain;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^Study: "From Idea to Implementation" \(H\. S\. Arslan, 2021\)\.\nRuns: stn \(2 epochs\); seed 0\.\nCheckpoints: evaluations as recorded\.\n\n/,
    );
    expect(stdout).toContain(`
The Spatial Transformer network classifies 99.32 % of the test images correctly.
  not testable: 2 of 300 epochs (stn).
  published             stn, best of 300 epochs: 99.32 % @ 235 (99.14 to 99.46 %)
  its checkpoint, here  stn, lowest loss, kept by the study: 99.26 % (99.07 to 99.41 %), loss
                        0.0253
  our training          stn, best of 2 epochs: 97.00 % @ 2 (96.65 to 97.32 %)
`);
    expect(stdout).toMatch(
      /\n\nOf 13 statements, 2 are confirmed, 3 not confirmed and 8 not testable\.\n$/,
    );
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(98);
    expect(stdout).not.toContain("\u001b");
  });

  it("prints JSON, on one line", () => {
    const { stdout } = json;
    expect(stdout).toMatch(/^.+\n$/);
    const parsed = output.parse(JSON.parse(stdout));
    expect(parsed.runs).toEqual([{ model: "stn", seed: 0, epochs: 2 }]);
    expect(parsed.claims.map(({ id }) => id)).toEqual(claims.map(({ id }) => id));
    expect(parsed.checkpoints).toHaveLength(3);
  });

  it("prints the page", () => {
    const { stdout } = page;
    expect(stdout).toMatch(/^# Claims\n\n/);
    expect(stdout).toContain(
      "| [The Spatial Transformer network classifies 99.32 % of the test images correctly.](#accuracy-stn) | not testable |\n",
    );
    expect(stdout).toContain(
      "\n| our training | stn | best of 2 epochs | 97.00 % | 96.65 to 97.32 % | 2 |",
    );
  });

  it("refuses runs that the study cannot be judged by", () => {
    expect(refused).toMatchObject({
      code: 2,
      stdout: "",
      stderr:
        "fovea claims: digits: expected a run of the study's recipe on mnist with an epoch, got stn on digits, batch size 64, learning rate 0.01, 2 epochs\n",
    });
  });
});
