import { expect, test } from "vitest";
import { stepTimes } from "../../bench/docs-tables.js";

test("one line per model, one column per number of threads", () => {
  const step = (model: string, threads: number, median: number) => ({ model, threads, median });
  const steps = [step("cnn", 1, 1.434), step("cnn", 4, 0.5), step("stn", 1, 2.8)];
  expect(stepTimes({ steps }, "markdown")).toEqual([
    "| model | 1 thread, ms | 4 threads, ms |",
    "| --- | ---: | ---: |",
    "| cnn | 1.43 | 0.50 |",
    "| stn | 2.80 |  |",
  ]);
});
