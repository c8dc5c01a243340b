import { counted, duration, listed, percent, thousands } from "../numbers.js";
import { validationCount } from "../runs/record-codec.js";
import { runFaults } from "../runs/run-faults.js";
import type { Run } from "../runs/run-folder.node.js";
import { heldOutOf } from "../runs/run-spec.js";
import { mean, sampleDeviation } from "../stats/deviation.js";
import { wilsonInterval } from "../stats/intervals.js";
import { median } from "../stats/quantiles.js";
import { type ResultRow, resultRows } from "./result-rows.js";
import { firstOfEachModel } from "./run-groups.js";
import { trainingClock } from "./training-clock.js";

/** A paragraph of plain text that says what was trained on what. */
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

/** The time of the trainings: by the clock where the runs recorded when they trained, otherwise the sum. */
function timeText(runs: readonly Run[]): string {
  const clock = trainingClock(runs);
  if (clock) return `By the clock it took ${duration(clock.seconds)}.`;
  const seconds = runs.flatMap(({ metrics }) => metrics.map((epoch) => epoch.seconds));
  const total = duration(seconds.reduce((sum, each) => sum + each, 0));
  return runs.length === 1
    ? `Its epochs took ${total}.`
    : `Their epochs took ${total} in total, summed over the runs.`;
}

const mostFaults = 5;

/** Names the runs whose training went wrong, so that their figures are not taken at face value; may be empty. */
export function faultsText(runs: readonly Run[]): string {
  const faults = runs.flatMap((run) => {
    const { model, spec } = run.record;
    return runFaults(run).map(({ text }) => `${model} (seed ${spec.seed}) ${text}.`);
  });
  if (faults.length === 0) return "";
  const more = faults.length - mostFaults;
  const rest = more > 0 ? [`${more} more are named below the table.`] : [];
  return ["Some trainings went wrong.", ...faults.slice(0, mostFaults), ...rest].join(" ");
}

function unfinished(runs: readonly Run[]): string[] {
  const count = runs.filter(
    ({ record, metrics }) => metrics.length < record.spec.recipe.epochs && record.state !== "done",
  ).length;
  if (count === 0) return [];
  return [`${counted(count, "run")} did not reach the last epoch.`];
}

/**
 * A paragraph of plain text on the limits of the results; empty where no epoch has ended.
 *
 * @param added more sentences
 */
export function caveat(runs: readonly Run[], added: readonly string[] = []): string {
  const best = resultRows(runs).flatMap((row) => (row.best ? [row.best.accuracy] : []));
  if (best.length === 0) return "";
  const { record } = runs.find((run) => run.metrics.length > 0)!;
  const total = validationCount(record);
  const images = heldOutOf(record.spec) === undefined ? "test images" : "validation images";
  const middle = median(best);
  const { low, high } = wilsonInterval(middle * total, total);
  const seeds = new Set(runs.map((run) => run.record.spec.seed)).size;
  return [
    `How far to trust the results: on ${thousands(total)} ${images} an accuracy of ${percent(middle)} % has a 95 % interval from ${percent(low)} to ${percent(high)} % (Wilson's). Differences within it do not show that one model is better.`,
    seeds === 1
      ? "There is one seed only; another seed changes every figure."
      : `${seeds} seeds show how much the figures vary by chance.`,
    ...selectionText(runs),
    ...added,
  ].join(" ");
}

/** What validation was on, and what that means for the figures. */
function selectionText(runs: readonly Run[]): string[] {
  const heldOut = runs.filter(({ record }) => heldOutOf(record.spec) !== undefined);
  const honest =
    "validated on training images that were held out; the test images were scored once, by the epoch that was best there, so that figure is not optimistic.";
  const optimistic =
    "Validation is on the test images, so the best epoch is chosen on the same images that score it, and its accuracy is optimistic. The accuracy after the last epoch is not.";
  if (heldOut.length === runs.length) return [`Epochs were ${honest}`];
  if (heldOut.length === 0) return [optimistic];
  return [
    `Epochs of ${counted(heldOut.length, "run")} were ${honest}`,
    `In the others: ${optimistic}`,
  ];
}

/**
 * Mean and standard deviation of the accuracy after the last epoch, which takes no choice: one sentence per
 * model with two or more runs. Where some runs collapsed it gives their number, and the figures of the others.
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

/** `98.12 % on average, standard deviation 0.10 percentage points`; for a single run its accuracy. */
function spread(rows: readonly ResultRow[]): string {
  const accuracies = rows.map(({ last }) => last!.accuracy);
  const middle = percent(mean(accuracies));
  if (accuracies.length === 1) return `${middle} %`;
  const deviation = percent(sampleDeviation(accuracies));
  return `${middle} % on average, standard deviation ${deviation} percentage points`;
}

/** A data set's name for display. */
export function dataTitle(name: string): string {
  return name === "mnist" ? "MNIST" : name;
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
