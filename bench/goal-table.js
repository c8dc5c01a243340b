import { tableLines } from "../dist/bench/table.js";

/** PyTorch's median at its best number of threads, divided by Fovea's median. */
function overPyTorch(figures, model, threads) {
  const ofModel = figures.filter((figure) => figure.model === model);
  const theirs = ofModel.filter(({ peer }) => peer === "pytorch").map(({ median }) => median);
  return Math.min(...theirs) / foveaFigure(ofModel, model, threads)?.median;
}

function foveaFigure(figures, model, threads) {
  return figures.find(
    (figure) => figure.peer === "fovea" && figure.model === model && figure.threads === threads,
  );
}

const largest = (list, field) => Math.max(...list.map((figure) => figure[field]));

/** A goal of at least this many times as fast. */
function faster(what, wanted, of) {
  return { what, bound: "at least", wanted, unit: "×", digits: 2, of };
}

/** A goal of less than this. */
function below(what, wanted, unit, of) {
  return { what, bound: "under", wanted, unit, digits: 0, of };
}

function stepGoal(model, threads, wanted) {
  const count = threads === 1 ? "1 thread" : `${threads} threads`;
  return faster(`step of ${model} on ${count} against PyTorch's best`, wanted, ({ comparison }) =>
    overPyTorch(comparison.steps, model, threads),
  );
}

/** Compares the shortest steps, in which no other program used the cores. */
function threadGoal(model) {
  const what = `shortest step of ${model} on 2 threads against 1`;
  return faster(what, 1.7, ({ comparison: { steps } }) => {
    return foveaFigure(steps, model, 1)?.min / foveaFigure(steps, model, 2)?.min;
  });
}

/**
 * The goals. A step is a whole training step: batch 64, dropout on. PyTorch's best is the smaller median of
 * its numbers of threads. `of` computes a goal's figure from a run: `comparison` as `compare.js --json`
 * prints it, `memory` as `MemoryFigure`s, and `help` in milliseconds.
 */
export const goals = [
  stepGoal("stn", 2, 7),
  stepGoal("stn", 1, 4),
  stepGoal("coordconv-stn", 2, 6),
  stepGoal("mha", 2, 6),
  stepGoal("mha-batch", 2, 4),
  stepGoal("cnn", 2, 4),
  ...["cnn", "stn", "coordconv-stn", "mha", "mha-batch"].map(threadGoal),
  faster("evaluation of stn on 2 threads against PyTorch's best", 5, ({ comparison }) =>
    overPyTorch(comparison.evaluation, "stn", 2),
  ),
  below(
    "resident memory of a training, the largest of all models",
    250,
    "MB",
    ({ memory }) => largest(memory, "resident") / 1e6,
  ),
  below("start of a model, the slowest of all", 100, "ms", ({ memory }) =>
    largest(memory, "start"),
  ),
  below("`fovea --help`", 150, "ms", ({ help }) => help),
];

/** Each goal with the figure of every run. */
export function goalFigures(runs) {
  return goals.map(({ of, ...goal }) => ({ ...goal, reached: runs.map(of) }));
}

/** Whether a figure reaches the goal. */
export function isReached({ bound, wanted }, figure) {
  return bound === "under" ? figure < wanted : figure >= wanted;
}

/** A table with one line per goal and one column per run. */
export function goalLines(figures, format) {
  const runs = figures[0].reached.map((_, run) => ({
    title: `run ${run + 1}`,
    text: ({ reached, digits }) => reached[run].toFixed(digits),
  }));
  const columns = [
    { title: "goal", align: "left", text: ({ what }) => what },
    { title: "wanted", text: ({ bound, wanted, unit }) => `${bound} ${wanted} ${unit}` },
    ...runs,
    {
      title: "reached in",
      text: (goal) => {
        const times = goal.reached.filter((figure) => isReached(goal, figure)).length;
        return `${times} of ${goal.reached.length}`;
      },
    },
  ];
  return tableLines(figures, columns, format);
}
