import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatEpoch, parseMetrics, repairedLines } from "../../src/runs/metrics-codec.js";
import { appendMetrics, readLines, writeMetrics } from "../../src/runs/metrics-file.node.js";
import { bestEpoch } from "../../src/train/best-epoch.js";
import type { EpochMetrics } from "../../src/train/metrics.js";
import { epochMetrics } from "./epoch-metrics.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-metrics-"));
  path = join(folder, "metrics.csv");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file with these epochs, each appended to those before. */
function appended(...epochs: readonly EpochMetrics[]): void {
  writeMetrics(path, []);
  const lines = epochs.map(formatEpoch);
  lines.forEach((line, index) => {
    appendMetrics(path, line, lines.slice(0, index));
  });
}

const read = () => parseMetrics(readLines(path), 100, path);

describe("metrics.csv", () => {
  test("is a header and one line per epoch", () => {
    appended(epochMetrics(1, { trainLoss: 0.1 + 0.2 }));
    expect(readFileSync(path, "utf8")).toBe(
      "epoch,train_loss,val_loss,val_correct,val_accuracy,seconds,images_per_second,learning_rate\n" +
        "1,0.30000000000000004,1,90,0.9,1.500,1000.0,0.01\n",
    );
  });

  test("reads back every bit of the losses", () => {
    const written = [1, 2, 3].map((epoch) =>
      epochMetrics(epoch, { validationLoss: 1 / epoch / 3 }),
    );
    appended(...written);
    expect(read()).toEqual(written);
  });

  test("keeps the losses of a training that diverged", () => {
    const diverged = { trainLoss: Number.NaN, validationLoss: Number.POSITIVE_INFINITY };
    appended(epochMetrics(1, diverged));
    expect(read()).toEqual([epochMetrics(1, diverged)]);
  });

  test("has no epochs where there is no file", () => {
    expect(readLines(path)).toEqual([]);
  });

  test.each(["2", "2,0.5,0.", "2,0.5,1,90,0.9,1.500,1000.0,0.0"])(
    "drops a last line that a crash left incomplete: %s",
    (torn) => {
      appended(epochMetrics(1));
      appendFileSync(path, torn);
      expect(read()).toEqual([epochMetrics(1)]);
    },
  );

  test("is not appended to where another program has written to it", () => {
    appended(epochMetrics(1));
    const before = readFileSync(path, "utf8");
    const line = formatEpoch(epochMetrics(2));
    expect(() => appendMetrics(path, line, [])).toThrow(
      /expected the 91 bytes .* got 124: another/,
    );
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test.each([
    ["1,2\n", "line 2: expected 8 values, got 2"],
    ["2,1,1,90,0.9,1,1,0.01\n", "line 2: expected epoch 1, got 2"],
    ["1,x,1,90,0.9,1,1,0.01\n", 'line 2: expected train_loss to be a number, got "x"'],
    ["1,,1,90,0.9,1,1,0.01\n", 'line 2: expected train_loss to be a number, got ""'],
    ["1,1,1,101,0.9,1,1,0.01\n", "line 2: expected val_correct to be 0..100, got 101"],
    ["1,1,1,0.5,0.9,1,1,0.01\n", "line 2: expected val_correct to be 0..100, got 0.5"],
  ])("refuses %j", (line, message) => {
    writeMetrics(path, []);
    appendFileSync(path, line);
    expect(read).toThrow(`${path}: ${message}`);
  });

  test("refuses another header", () => {
    writeFileSync(path, "step,loss\n");
    expect(read).toThrow('got "step,loss"');
  });
});

describe("lines of two writers", () => {
  const lines = [1, 2, 3].map((epoch) => formatEpoch(epochMetrics(epoch)));
  const [one, two, three] = lines as [string, string, string];

  test.each([
    ["twice", [one, one, two, two, three]],
    ["in another order", [two, one, three]],
    ["in halves", [one, two.slice(0, 9), `${two.slice(9)}`, two, three, three.slice(0, 20)]],
    ["of a header in their middle", [one, "epoch,train_loss", two, three]],
    ["with other times", [one, two, two.replace("1.500", "9.750"), three]],
  ])("are told apart: %s", (_, found) => {
    expect(repairedLines(found.join("\n"), 3, 100)).toEqual(lines);
  });

  test.each([
    ["an epoch is missing", [one, three]],
    ["two of an epoch differ", [one, two, two.replace(",1,90", ",2,90"), three]],
    ["one is cut within its last number", [one, two, three.replace("90,0.9,", "90,0.")]],
    ["its count is not that of its accuracy", [one, two, three.replace("90,0.9", "9,0.9")]],
  ])("are not where %s", (_, found) => {
    expect(repairedLines(found.join("\n"), 3, 100)).toBeUndefined();
  });
});

describe("bestEpoch", () => {
  const best = (...losses: number[]) =>
    bestEpoch(losses.map((validationLoss, i) => epochMetrics(i + 1, { validationLoss })))?.epoch;

  test("is the lowest validation loss, the first of equals", () => {
    expect(best(3, 1, 2, 1)).toBe(2);
  });

  test("ignores losses of NaN", () => {
    expect(best(Number.NaN, 2, Number.NaN)).toBe(2);
    expect(best(Number.NaN, Number.NaN)).toBe(1);
  });

  test("is undefined without epochs", () => {
    expect(best()).toBeUndefined();
  });
});
