import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import {
  appendMetrics,
  createMetrics,
  readMetrics,
  trimMetrics,
} from "../../src/runs/metrics-file.node.js";
import { bestEpoch } from "../../src/train/best-epoch.js";
import { epochMetrics } from "./epoch-metrics.js";

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "fovea-metrics-")), "metrics.csv");
});

describe("metrics.csv", () => {
  test("is a header and one line per epoch", () => {
    createMetrics(path);
    appendMetrics(path, epochMetrics(1, { trainLoss: 0.1 + 0.2 }));
    expect(readFileSync(path, "utf8")).toBe(
      "epoch,train_loss,val_loss,val_correct,val_accuracy,seconds,images_per_second,learning_rate\n" +
        "1,0.30000000000000004,1,90,0.9,1.500,1000.0,0.01\n",
    );
  });

  test("reads back every bit of the losses", () => {
    const written = [1, 2, 3].map((epoch) =>
      epochMetrics(epoch, { validationLoss: 1 / epoch / 3 }),
    );
    createMetrics(path);
    for (const metrics of written) appendMetrics(path, metrics);
    expect(readMetrics(path, 100)).toEqual(written);
  });

  test("keeps the losses of a training that diverged", () => {
    createMetrics(path);
    const diverged = { trainLoss: Number.NaN, validationLoss: Number.POSITIVE_INFINITY };
    appendMetrics(path, epochMetrics(1, diverged));
    expect(readMetrics(path, 100)).toEqual([epochMetrics(1, diverged)]);
  });

  test("has no epochs where there is no file", () => {
    expect(readMetrics(path, 100)).toEqual([]);
  });

  test.each(["2", "2,0.5,0.", "2,0.5,1,90,0.9,1.500,1000.0,0.0"])(
    "drops a last line that a crash left incomplete: %s",
    (torn) => {
      createMetrics(path);
      appendMetrics(path, epochMetrics(1));
      appendFileSync(path, torn);
      expect(readMetrics(path, 100)).toEqual([epochMetrics(1)]);
      trimMetrics(path, 5);
      appendMetrics(path, epochMetrics(2));
      expect(readMetrics(path, 100)).toEqual([epochMetrics(1), epochMetrics(2)]);
    },
  );

  test("trims the epochs after one", () => {
    createMetrics(path);
    for (const epoch of [1, 2, 3]) appendMetrics(path, epochMetrics(epoch));
    trimMetrics(path, 2);
    expect(readMetrics(path, 100)).toEqual([epochMetrics(1), epochMetrics(2)]);
    trimMetrics(path, 0);
    expect(readMetrics(path, 100)).toEqual([]);
  });

  test.each([
    ["1,2\n", "line 2: expected 8 values, got 2"],
    ["2,1,1,90,0.9,1,1,0.01\n", "line 2: expected epoch 1, got 2"],
    ["1,x,1,90,0.9,1,1,0.01\n", 'line 2: expected train_loss to be a number, got "x"'],
    ["1,,1,90,0.9,1,1,0.01\n", 'line 2: expected train_loss to be a number, got ""'],
    ["1,1,1,101,0.9,1,1,0.01\n", "line 2: expected val_correct to be 0..100, got 101"],
    ["1,1,1,0.5,0.9,1,1,0.01\n", "line 2: expected val_correct to be 0..100, got 0.5"],
  ])("refuses %j", (line, message) => {
    createMetrics(path);
    appendFileSync(path, line);
    expect(() => readMetrics(path, 100)).toThrow(`${path}: ${message}`);
  });

  test("refuses another header", () => {
    writeFileSync(path, "step,loss\n");
    expect(() => readMetrics(path, 100)).toThrow('got "step,loss"');
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
