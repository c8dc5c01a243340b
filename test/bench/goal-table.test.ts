import { expect, test } from "vitest";
import { goalFigures, goalLines, isReached } from "../../bench/goal-table.js";
import { classifierNames } from "../../src/models/index.js";

function figure(peer: string, model: string, threads: number, median: number) {
  return { peer, model, threads, median, min: median - 1 };
}

/** Fovea takes 4 ms and `two` ms, PyTorch 20 and 16. */
function run(two: number) {
  const figures = classifierNames.flatMap((model) => [
    figure("fovea", model, 1, 4),
    figure("fovea", model, 2, two),
    figure("pytorch", model, 1, 20),
    figure("pytorch", model, 2, 16),
  ]);
  const memory = [
    { resident: 200e6, start: 30 },
    { resident: 260e6, start: 12 },
  ];
  return { comparison: { steps: figures, evaluation: figures }, memory, help: 120 };
}

test("goals of runs, as medians over medians, of threads as minimum over minimum", () => {
  const lines = goalLines(goalFigures([run(2), run(2.5)]), "markdown");
  expect(lines).toEqual([
    "| goal | wanted | run 1 | run 2 | reached in |",
    "| --- | ---: | ---: | ---: | ---: |",
    "| step of stn on 2 threads against PyTorch's best | at least 7 × | 8.00 | 6.40 | 1 of 2 |",
    "| step of stn on 1 thread against PyTorch's best | at least 4 × | 4.00 | 4.00 | 2 of 2 |",
    "| step of coordconv-stn on 2 threads against PyTorch's best | at least 6 × | 8.00 | 6.40 | 2 of 2 |",
    "| step of mha on 2 threads against PyTorch's best | at least 6 × | 8.00 | 6.40 | 2 of 2 |",
    "| step of mha-batch on 2 threads against PyTorch's best | at least 4 × | 8.00 | 6.40 | 2 of 2 |",
    "| step of cnn on 2 threads against PyTorch's best | at least 4 × | 8.00 | 6.40 | 2 of 2 |",
    ...classifierNames.map(
      (model) =>
        `| shortest step of ${model} on 2 threads against 1 | at least 1.7 × | 3.00 | 2.00 | 2 of 2 |`,
    ),
    "| evaluation of stn on 2 threads against PyTorch's best | at least 5 × | 8.00 | 6.40 | 2 of 2 |",
    "| resident memory of a training, the largest of all models | under 250 MB | 260 | 260 | 0 of 2 |",
    "| start of a model, the slowest of all | under 100 ms | 30 | 30 | 2 of 2 |",
    "| `fovea --help` | under 150 ms | 120 | 120 | 2 of 2 |",
  ]);
});

test("a figure that is missing reaches nothing", () => {
  expect(isReached({ bound: "at least", wanted: 4 }, Number.NaN)).toBe(false);
  expect(isReached({ bound: "under", wanted: 4 }, Number.NaN)).toBe(false);
});
