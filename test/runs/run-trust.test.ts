import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeReport } from "../../src/node.js";
import { writeAuditRecord } from "../../src/runs/audit-file.node.js";
import { readRecord, readRun, runFiles, writeRecord } from "../../src/runs/run-folder.node.js";
import { checkWeights, readRunWeights } from "../../src/runs/run-weights.node.js";
import { encodeCheckpoint } from "../../src/runs/weights-codec.js";
import { fakeAudit } from "../report/fake-audit.js";
import { emptyData, parametersAfter } from "./fake-trainer.js";
import { changeByte, contentOf, recordTiny, stopAfter, tiny } from "./tiny-run.js";

let folder: string;
let directory: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-trust-"));
  await recordTiny(join(folder, "done"));
  await recordTiny(join(folder, "stopped"), stopAfter(2));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  directory = join(folder, "run");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function copyOf(name: "done" | "stopped"): ReturnType<typeof runFiles> {
  cpSync(join(folder, name), directory, { recursive: true });
  return runFiles(directory);
}

/** The run as version 0.3 wrote it. */
function withoutChecksums(): void {
  const { files: _, ...record } = readRecord(directory);
  writeRecord(directory, record);
}

/** Resuming is refused with this message, and every file stays as it is. */
async function refused(message: string | RegExp, epochs = 3): Promise<void> {
  const before = contentOf(directory);
  await expect(recordTiny(directory, { resume: true, epochs })).rejects.toThrow(message);
  expect(contentOf(directory)).toEqual(before);
}

const changed = (path: string) => `${path}: expected the file that its run wrote (SHA-256 `;

describe("a changed byte", () => {
  test.each(["last", "best"] as const)("anywhere in the %s weights is found", async (kind) => {
    const path = copyOf("stopped")[kind];
    const { length } = readFileSync(path);
    expect(length).toBeGreaterThan(700);
    for (let at = 0; at < length; at += 41) {
      changeByte(path, at);
      expect(() => readRunWeights(directory, kind)).toThrow(changed(path));
      if (at % 205 === 0) await refused(changed(path));
      changeByte(path, at);
    }
    expect(readRunWeights(directory, kind).epoch).toBe(2);
  });

  test("anywhere in the metrics is found", async () => {
    const { metrics } = copyOf("stopped");
    const { length } = readFileSync(metrics);
    for (let at = 0; at < length; at++) {
      changeByte(metrics, at);
      expect(() => readRun(directory)).toThrow(`${metrics}`);
      if (at % 20 === 0) await refused(`${metrics}`);
      changeByte(metrics, at);
    }
    readRun(directory);
  });

  test("anywhere in the record is found, spaces aside", () => {
    const { record } = copyOf("done");
    const { length } = readFileSync(record);
    for (let at = 0; at < length; at += 7) {
      if (readFileSync(record)[at] === 0x20 || readFileSync(record)[at] === 0x0a) continue;
      changeByte(record, at);
      expect(() => readRun(directory), `byte ${at}`).toThrow(`${record}: expected `);
      changeByte(record, at);
    }
    readRun(directory);
  });

  test("in the model is found", () => {
    const { model } = copyOf("done");
    writeFileSync(model, readFileSync(model, "utf8").replace('"name": "tiny"', '"name": "tine"'));
    expect(() => readRun(directory)).toThrow(changed(model));
  });
});

describe("weights", () => {
  const other = (change: Partial<Parameters<typeof encodeCheckpoint>[1]>) =>
    encodeCheckpoint(parametersAfter(tiny, 2), {
      ...{ model: "tiny", epoch: 2, seed: 7, data: emptyData.digest },
      ...change,
    });

  test.each([
    [{ seed: 8 }, 'with seed "7" in their metadata, got "8"'],
    [{ model: "mine" }, 'with model "tiny" in their metadata, got "mine"'],
    [{ data: "fedc" }, 'with data "0123456789abcdef" in their metadata, got "fedc"'],
  ])("of another run are refused without checksums, too: %j", async (change, message) => {
    const { last, best } = copyOf("stopped");
    withoutChecksums();
    writeFileSync(last, other(change));
    await refused(`${last}: expected weights of this run, ${message}`);
    writeFileSync(best, other(change));
    expect(() => readRunWeights(directory, "best")).toThrow(message);
  });

  test("that are the last and the best must be the same, without checksums, too", async () => {
    const { last, best } = copyOf("stopped");
    withoutChecksums();
    changeByte(last, readFileSync(last).length - 2);
    await refused(changed(best));
  });

  test("of another epoch than the metrics are refused", () => {
    const { last } = copyOf("stopped");
    withoutChecksums();
    writeFileSync(last, other({ epoch: 1 }));
    expect(() => checkWeights(readRun(directory))).toThrow(
      `${last}: expected the weights of epoch 2, as in metrics.csv, got 1`,
    );
  });

  test("that are intact are not written again", async () => {
    const { best } = copyOf("stopped");
    withoutChecksums();
    const before = readFileSync(best);
    await recordTiny(directory, { resume: true });
    expect(readFileSync(best)).toEqual(before);
    expect(contentOf(directory)).toEqual(contentOf(join(folder, "done")));
  });
});

describe("metrics", () => {
  test("with a line more than the record are refused", () => {
    const { metrics } = copyOf("done");
    writeFileSync(metrics, `${readFileSync(metrics, "utf8")}4,1,1,90,0.9,1.5,1000.0,0.01\n`);
    expect(() => readRun(directory)).toThrow(
      `${metrics}: expected 3 epochs, as in run.json, got 4`,
    );
  });

  test("with other line breaks are the same", () => {
    const { metrics } = copyOf("done");
    writeFileSync(metrics, readFileSync(metrics, "utf8").replaceAll("\n", "\r\n"));
    expect(readRun(directory).metrics).toHaveLength(3);
  });

  test("that two processes of version 0.3 wrote are repaired, and it is said", async () => {
    const { metrics } = copyOf("stopped");
    withoutChecksums();
    const [header, one, two] = readFileSync(metrics, "utf8").split("\n");
    writeFileSync(metrics, [header, two, one, one!.slice(20), two, two!.slice(0, 12)].join("\n"));
    const notes: string[] = [];
    await recordTiny(directory, { resume: true, onNote: (line) => notes.push(line) });
    expect(contentOf(directory)).toEqual(contentOf(join(folder, "done")));
    expect(notes).toEqual([
      `${metrics}: two processes wrote to it; repaired from its whole lines of 2 epochs`,
    ]);
  });

  test("that miss a line are not", async () => {
    const { metrics } = copyOf("stopped");
    withoutChecksums();
    const [header, one] = readFileSync(metrics, "utf8").split("\n");
    writeFileSync(metrics, [header, one, one, ""].join("\n"));
    await refused(`${metrics}: line 3: expected epoch 2, got 1`);
  });
});

describe("a file that is made from the others", () => {
  const broken = [
    "",
    "{",
    "[]",
    `${"[".repeat(100_000)}`,
    '{"channels":1,"rows":1e9,"columns":1e9}',
  ];

  test.each(broken)("never blocks a run: %#", async (content) => {
    const files = copyOf("done");
    writeFileSync(files.views, content);
    writeFileSync(files.audit, content);
    const run = readRun(directory);
    expect(run).not.toHaveProperty("views");
    expect(run).not.toHaveProperty("audit");
    expect(run.leftOut).toHaveLength(2);
    expect(run.leftOut![0]).toMatch(/^.*views\.json: expected .*, got .*; left out$/);
    expect(run.leftOut![1]).toMatch(/^.*audit\.json: expected .*, got .*; left out$/);
    const { html } = await writeReport([directory], join(folder, "report"));
    expect(existsSync(html)).toBe(true);
    // It is made again.
    const again = await recordTiny(directory, { resume: true });

    expect(again.views).toBeDefined();
    expect(contentOf(directory)).toEqual(contentOf(join(folder, "done")));
  });
});

describe("a hostile folder", () => {
  test("is refused at once: nested lists in any JSON", () => {
    const { record, model } = copyOf("done");
    const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const spare = readFileSync(model);
    writeFileSync(model, nested);
    withoutChecksums();
    expect(() => readRun(directory)).toThrow(`${model}: expected JSON nested at most 64 deep`);
    const text = spare.toString().replace('"attributes": {', `"attributes": {"deep": ${nested},`);
    writeFileSync(model, text);
    expect(() => readRun(directory)).toThrow(`${model}: expected JSON nested at most 64 deep`);
    writeFileSync(record, nested);
    expect(() => readRun(directory)).toThrow(`${record}: expected JSON nested at most 64 deep`);
  });

  test.each(["record", "model", "metrics"] as const)("is refused at once: a huge %s", (name) => {
    const path = copyOf("done")[name];
    writeFileSync(path, Buffer.alloc(65 * 2 ** 20, "1"));
    expect(() => readRun(directory)).toThrow(/: expected .*, got one of 65\.0 MiB, where at most/);
  });

  test("is refused at once: more epochs than a run has", async () => {
    copyOf("done");
    const { files: _, ...record } = readRecord(directory);
    const recipe = { ...record.spec.recipe, epochs: 200_000 };
    writeRecord(directory, { ...record, spec: { ...record.spec, recipe } });
    expect(() => readRun(directory)).toThrow("spec.recipe.epochs");
    await expect(recordTiny(join(folder, "many"), { epochs: 200_000 })).rejects.toThrow(
      "recordTraining: expected epochs to be a whole number in 1..100000, got 200000",
    );
    expect(existsSync(join(folder, "many"))).toBe(false);
  });
});

test("an audit of other weights, of another run or of before this one was resumed, is left out", async () => {
  const files = copyOf("stopped");
  const weightsDigest = readRunWeights(directory, "best").digest;
  writeAuditRecord(files.audit, { ...fakeAudit, weightsDigest });
  expect(readRun(directory).audit).toEqual({ ...fakeAudit, weightsDigest });
  const { audit, leftOut } = await recordTiny(directory, { resume: true, epochs: 6 });
  expect(audit).toBeUndefined();
  expect(leftOut).toEqual([
    `${files.audit}: expected an audit of this run's weights, got one of ${weightsDigest.slice(0, 12)}; left out`,
  ]);
});
