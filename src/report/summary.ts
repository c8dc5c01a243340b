import { counted, duration, listed, percent, thousands } from "../numbers.js";
import type { Run } from "../runs/run-folder.node.js";
import { mean, sampleDeviation } from "../stats/deviation.js";
import { wilsonInterval } from "../stats/intervals.js";
import { median } from "../stats/quantiles.js";
import { resultRows } from "./results-table.js";
import { firstOfEachModel } from "./run-groups.js";

/** What ran, in one paragraph of plain text. */
export function summary(runs: readonly Run[]): string {
  const first = runs[0];
  if (!first) return "There are no runs in this report.";
  const models = firstOfEachModel(runs).map((run) => run.record.model);
  const seeds = distinct(runs.map((run) => String(run.record.spec.seed)));
  const data = distinct(
    runs.map(
      ({ record: { data } }) =>
        `${dataTitle(data.name)} (${thousands(data.trainCount)} training images, ${thousands(data.testCount)} test images)`,
    ),
  );
  const epochs = distinct(runs.map((run) => String(run.record.spec.recipe.epochs)));
  const engines = distinct(
    runs.map(
      ({ record: { threads, spec } }) => `${counted(threads, "thread")} (${spec.engine.build})`,
    ),
  );
  const machines = distinct(
    runs.map(
      ({ record: { machine } }) =>
        `${machine.processor} with ${counted(machine.cores, "core")}, ${machine.platform} ${machine.architecture}`,
    ),
  );
  const seconds = runs.flatMap((run) => run.metrics.map((epoch) => epoch.seconds));
  const total = seconds.reduce((sum, each) => sum + each, 0);
  const repeated = runs.length === models.length ? "" : ` in ${counted(runs.length, "run")}`;
  return [
    `${counted(models.length, "model")} (${listed(models)}) ${models.length === 1 ? "was" : "were"} trained${repeated} on ${listed(data)}`,
    `for ${listed(epochs)} ${epochs.join() === "1" ? "epoch" : "epochs"} with`,
    `${seeds.length === 1 ? "seed" : "seeds"} ${listed(seeds)},`,
    `on ${listed(engines)} of ${listed(machines)}.`,
    `Training and validation took ${duration(total)} in all.`,
    ...unfinished(runs),
  ].join(" ");
}

function unfinished(runs: readonly Run[]): string[] {
  const count = runs.filter((run) => run.metrics.length < run.record.spec.recipe.epochs).length;
  if (count === 0) return [];
  return [`${counted(count, "run")} did not come to the last epoch.`];
}

/** What the figures can not say, in one paragraph of plain text; empty without a finished epoch. */
export function caveat(runs: readonly Run[]): string {
  const best = resultRows(runs).flatMap((row) => (row.best ? [row.best.accuracy] : []));
  if (best.length === 0) return "";
  const total = runs.find((run) => run.metrics.length > 0)!.record.data.testCount;
  const middle = median(best);
  const { low, high } = wilsonInterval(middle * total, total);
  const seeds = new Set(runs.map((run) => run.record.spec.seed)).size;
  return [
    `How far to trust it: on ${thousands(total)} test images an accuracy of ${percent(middle)} % has a 95 % interval from ${percent(low)} to ${percent(high)} % (Wilson's), and rows within it do not show that one model is better.`,
    seeds === 1
      ? "One seed is one draw: another seed moves every figure."
      : `${seeds} seeds show how far figures move from draw to draw.`,
    "Validation is on the test images, as in the study, so the best over epochs is picked on the images that it is scored on and is optimistic; the accuracy after the last epoch is not.",
  ].join(" ");
}

/** Mean and standard deviation of the best accuracy, a sentence a model with two or more runs. */
export function seedSpread(runs: readonly Run[]): string[] {
  const rows = resultRows(runs);
  return firstOfEachModel(runs).flatMap(({ record: { model } }) => {
    const best = rows.flatMap((row) =>
      row.model === model && row.best ? [row.best.accuracy] : [],
    );
    if (best.length < 2) return [];
    return [
      `${model}: best accuracy over ${best.length} runs ${percent(mean(best))} % on average, standard deviation ${percent(sampleDeviation(best))} percentage points.`,
    ];
  });
}

/** A data set's name as people write it. */
export function dataTitle(name: string): string {
  return name === "mnist" ? "MNIST" : name;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
