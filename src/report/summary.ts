import { counted, duration, listed, percent, thousands } from "../numbers.js";
import { runFaults } from "../runs/run-faults.js";
import type { Run } from "../runs/run-folder.node.js";
import { mean, sampleDeviation } from "../stats/deviation.js";
import { wilsonInterval } from "../stats/intervals.js";
import { median } from "../stats/quantiles.js";
import { type ResultRow, resultRows } from "./result-rows.js";
import { firstOfEachModel } from "./run-groups.js";
import { trainingClock } from "./training-clock.js";

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
  const machines = distinct(
    runs.map(
      ({ record: { machine } }) =>
        `${machine.processor} with ${counted(machine.cores, "core")}, ${machine.platform} ${machine.architecture}`,
    ),
  );
  const repeated = runs.length === models.length ? "" : ` in ${counted(runs.length, "run")}`;
  return [
    `${counted(models.length, "model")} (${listed(models)}) ${models.length === 1 ? "was" : "were"} trained${repeated} on ${listed(data)}`,
    `for ${listed(epochs)} ${epochs.join() === "1" ? "epoch" : "epochs"} with`,
    `${seeds.length === 1 ? "seed" : "seeds"} ${listed(seeds)},`,
    `${threadsText(runs)} of ${listed(machines)}.`,
    timeText(runs),
    ...unfinished(runs),
  ].join(" ");
}

/** `on 2 threads (relaxed-fma)`, or `2 at once on 1 thread each (relaxed-fma)`. */
function threadsText(runs: readonly Run[]): string {
  const clock = trainingClock(runs);
  const numbers =
    clock?.threads ?? distinct(runs.map(({ record }) => record.threads)).sort((a, b) => a - b);
  const threads = listed(numbers.map(String), "or");
  const noun = numbers.at(-1) === 1 ? "thread" : "threads";
  const builds = listed(distinct(runs.map(({ record }) => record.spec.engine.build)));
  const several = clock !== undefined && clock.atOnce > 1;
  return `${several ? `${clock.atOnce} at once ` : ""}on ${threads} ${noun}${several ? " each" : ""} (${builds})`;
}

/** Runs that trained at once are not added up, where they say when they trained. */
function timeText(runs: readonly Run[]): string {
  const clock = trainingClock(runs);
  if (clock) return `By the clock it took ${duration(clock.seconds)}.`;
  const seconds = runs.flatMap(({ metrics }) => metrics.map((epoch) => epoch.seconds));
  const total = duration(seconds.reduce((sum, each) => sum + each, 0));
  return runs.length === 1
    ? `Its epochs took ${total}.`
    : `Their epochs took ${total}, each run's added up.`;
}

const mostFaults = 5;

/** Which runs went wrong, so that nobody takes their figures for their models'; empty where none did. */
export function faultsText(runs: readonly Run[]): string {
  const faults = runs.flatMap((run) => {
    const { model, spec } = run.record;
    return runFaults(run).map(({ text }) => `${model} (seed ${spec.seed}) ${text}.`);
  });
  if (faults.length === 0) return "";
  const more = faults.length - mostFaults;
  const rest = more > 0 ? [`${more} more are named below the table.`] : [];
  return ["Not all went well.", ...faults.slice(0, mostFaults), ...rest].join(" ");
}

function unfinished(runs: readonly Run[]): string[] {
  const count = runs.filter((run) => run.metrics.length < run.record.spec.recipe.epochs).length;
  if (count === 0) return [];
  return [`${counted(count, "run")} did not come to the last epoch.`];
}

/**
 * What the figures can not say, in one paragraph of plain text; empty without a finished epoch.
 *
 * @param added further sentences
 */
export function caveat(runs: readonly Run[], added: readonly string[] = []): string {
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
    "Validation is on the test images, so the best over epochs is picked on the images that it is scored on and is optimistic; the accuracy after the last epoch is not.",
    ...added,
  ].join(" ");
}

/**
 * Mean and standard deviation of the accuracy after the last epoch, which nothing was chosen by; a sentence
 * a model with two or more runs. Where some collapsed it says how many, and what the others give.
 */
export function seedSpread(runs: readonly Run[]): string[] {
  const rows = resultRows(runs);
  return firstOfEachModel(runs).flatMap(({ record: { model } }) => {
    const own = rows.filter((row) => row.model === model && row.last !== undefined);
    if (own.length < 2) return [];
    const sound = own.filter(({ faults }) => faults.every(({ kind }) => kind !== "collapsed"));
    const all = `${model}: accuracy after the last epoch over ${own.length} runs ${spread(own)}.`;
    const collapsed = own.length - sound.length;
    if (collapsed === 0) return [all];
    if (sound.length === 0) return [`${all} All of them collapsed.`];
    const others = sound.length === 1 ? "the other one has" : `the other ${sound.length} have`;
    return [`${all} ${collapsed} of them collapsed; ${others} ${spread(sound)}.`];
  });
}

/** `98.12 % on average, standard deviation 0.10 percentage points`; of one run its accuracy. */
function spread(rows: readonly ResultRow[]): string {
  const accuracies = rows.map(({ last }) => last!.accuracy);
  const middle = percent(mean(accuracies));
  if (accuracies.length === 1) return `${middle} %`;
  const deviation = percent(sampleDeviation(accuracies));
  return `${middle} % on average, standard deviation ${deviation} percentage points`;
}

/** A data set's name as people write it. */
export function dataTitle(name: string): string {
  return name === "mnist" ? "MNIST" : name;
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
