import { expect, test } from "vitest";
import { stepTimes } from "../../bench/docs-tables.js";
import { networkLines } from "../../bench/network-table.js";

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

test("other networks: Fovea on most threads against the fastest PyTorch, a ratio for each run", () => {
  const figure = (peer: string, name: string, threads: number, median: number) => ({
    ...{ model: "residual", peer, name, threads, median },
  });
  const run = (ours: number, compiled: number) => ({
    steps: [
      figure("fovea", "Fovea", 1, 1),
      figure("fovea", "Fovea", 2, ours),
      figure("pytorch", "PyTorch", 2, 90),
      figure("pytorch-compile", "torch.compile", 1, compiled),
    ],
    evaluation: [figure("fovea", "Fovea", 2, 2), figure("pytorch", "PyTorch", 1, 5)],
  });
  const runs = [run(40, 60), run(30, 100), { ...run(50, 70), evaluation: [] }];
  expect(networkLines(runs, "markdown").slice(2)).toEqual([
    "| residual | 40.00 | 70.00 | torch.compile, 1 or PyTorch, 2 | 1.50, 3.00, 1.40 | 2.50, 2.50 |",
  ]);
});
