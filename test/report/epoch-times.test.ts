import { expect, test } from "vitest";
import { epochTimeNotes, epochTimes } from "../../src/report/epoch-times.js";
import { epochMetrics } from "../runs/epoch-metrics.js";
import { fakeRun } from "./fixtures.js";

const lasting = (seconds: readonly number[]) =>
  seconds.map((each, index) => ({ ...epochMetrics(index + 1), seconds: each }));

test("the ends of a training are compared by their medians", () => {
  const middle = new Array(24).fill(7);
  expect(epochTimes(lasting([1, 9, 2, ...middle, 3, 1, 4]))).toEqual({ first: 2, last: 3 });
  expect(epochTimes(lasting([1, 2, ...new Array(16).fill(7), 3, 4]))).toEqual({
    first: 1.5,
    last: 3.5,
  });
});

test("runs that are long enough have a line in the report", () => {
  const twenty = new Array<[number, number]>(20).fill([1, 9000]);
  const runs = [fakeRun("cnn", twenty), fakeRun("stn", twenty.slice(0, 9))];
  expect(epochTimeNotes(runs)).toEqual([
    "Seconds per epoch, median of the first and of the last 10 % of epochs: cnn 3.05 and 4.85.",
  ]);
  expect(epochTimeNotes([fakeRun("stn", twenty, { seed: 4 }), fakeRun("stn", twenty)])).toEqual([
    "Seconds per epoch, median of the first and of the last 10 % of epochs: stn, seed 4 3.05 and 4.85; stn, seed 0 3.05 and 4.85.",
  ]);
  expect(epochTimeNotes(runs.slice(1))).toEqual([]);
});

test("below ten epochs there is no tenth", () => {
  expect(epochTimes(lasting(new Array(9).fill(1)))).toBeUndefined();
  expect(epochTimes(lasting([1, ...new Array(8).fill(5), 2]))).toEqual({ first: 1, last: 2 });
});
