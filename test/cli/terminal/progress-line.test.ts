import { describe, expect, test } from "vitest";
import { coloursFor } from "../../../src/cli/terminal/colours.js";
import { formatDuration } from "../../../src/cli/terminal/duration.js";
import { guarded } from "../../../src/cli/terminal/output.js";
import { partDone, secondsLeft } from "../../../src/cli/terminal/progress-clock.js";
import { epochLine, progressLine } from "../../../src/cli/terminal/progress-line.js";

const progress = {
  name: "coordconv-stn",
  epoch: 3,
  epochs: 300,
  done: 0.5,
  loss: 0.08123,
  accuracy: 0.9812,
  imagesPerSecond: 24_801.4,
  time: "1:02:03 left",
};

const terminal = { isTTY: true };

/** The text without colour codes. */
const visible = (line: string) =>
  line
    .split("\u001b")
    .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, "")))
    .join("");

describe("progressLine", () => {
  test("shows everything where there is room", () => {
    expect(progressLine(progress, 120)).toBe(
      "coordconv-stn  ████████████░░░░░░░░░░░░    3/300  loss 0.0812  acc 98.12 %  24,801 img/s  1:02:03 left",
    );
  });

  test("drops the least important figures on narrow terminals", () => {
    expect(progressLine(progress, 80)).toBe(
      "coordconv-stn  ████████░░░░░░░░    3/300  loss 0.0812  acc 98.12 %  1:02:03 left",
    );
    expect(progressLine(progress, 59)).toBe(
      "coordconv-stn  ████░░░░    3/300  acc 98.12 %  1:02:03 left",
    );
    expect(progressLine(progress, 45)).toBe("coordconv-stn  ████░░░░    3/300  acc 98.12 %");
    expect(progressLine(progress, 20)).toBe("coordconv-stn    3/3");
  });

  test("is never wider than the terminal", () => {
    const colours = coloursFor(terminal, {});
    for (let columns = 0; columns < 130; columns++) {
      for (const done of [-1, 0, 0.33, 1, 2]) {
        const line = progressLine({ ...progress, done }, columns, colours);
        expect(visible(guarded(line)).length).toBeLessThanOrEqual(columns);
      }
    }
  });

  test("says what it knows before the first step", () => {
    const begin = { name: "cnn", epoch: 0, epochs: 5, done: 0 };
    expect(progressLine(begin, 40)).toBe("cnn  ░░░░░░░░░░░░░░░░░░░░░░░░  0/5");
  });
});

test("epochLine is a plain line about an epoch", () => {
  expect(epochLine({ ...progress, time: "0:04" })).toBe(
    "coordconv-stn  epoch 3/300  loss 0.0812  acc 98.12 %  24,801 img/s  0:04",
  );
});

test.each([
  [terminal, {}, true],
  [terminal, { NO_COLOR: "" }, true],
  [terminal, { NO_COLOR: "1" }, false],
  [terminal, { TERM: "dumb" }, false],
  [{ isTTY: false }, {}, false],
])("coloursFor %j with %j", (stream, environment, coloured) => {
  expect(coloursFor(stream, environment).bold("x") !== "x").toBe(coloured);
});

test.each([
  [-3, "0:00"],
  [7.4, "0:07"],
  [59.6, "1:00"],
  [750, "12:30"],
  [3723, "1:02:03"],
])("formatDuration(%d)", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

describe("the clock", () => {
  const at = (phase: "train" | "validate", epoch: number, done: number) =>
    partDone({ phase, epoch, epochs: 2, done, total: 10, trainLoss: 0, imagesPerSecond: 0 });

  test("runs from 0 to 1 without going back", () => {
    const parts = [
      at("train", 1, 0),
      at("train", 1, 10),
      at("validate", 1, 5),
      at("validate", 1, 10),
      at("train", 2, 5),
      at("validate", 2, 10),
    ];
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
    expect(parts[0]).toBe(0);
    expect(parts[3]).toBe(0.5);
    expect(parts.at(-1)).toBe(1);
  });

  test("estimates the rest from what was done since the start", () => {
    expect(secondsLeft(10, 0.5, 0.75)).toBe(10);
    expect(secondsLeft(10, 0.5, 0.5)).toBeUndefined();
  });
});
