import { tableLines } from "../../dist/bench/table.js";
import { machineWords } from "../docs-tables.js";
import { lossTolerance } from "./comparison.js";

function columns(figures, digits, unit) {
  const threads = [
    ...new Set(figures.flatMap(({ ratios = [] }) => ratios.map((ratio) => ratio.threads))),
  ];
  return [
    { title: "model", align: "left", text: ({ model }) => model },
    { title: "by", align: "left", text: competitorName },
    { title: "threads", text: (figure) => String(figure.threads) },
    { title: `median, ${unit}`, text: ({ median }) => median.toFixed(digits) },
    { title: "min", text: ({ min }) => min.toFixed(digits) },
    ...threads.map((count) => ({
      title: `× Fovea on ${count}`,
      text: ({ ratios }) => ratioText(ratios?.find((ratio) => ratio.threads === count)),
    })),
  ];
}

function competitorName({ peer, name, version }) {
  return peer === "fovea" ? name : `${name} ${version}`;
}

/** PyTorch with the versions that were measured. */
export function pytorchNames({ steps }) {
  const theirs = steps.filter(({ peer }) => peer === "pytorch");
  return [...new Set(theirs.map(competitorName))];
}

function ratioText(ratio) {
  if (ratio === undefined) return "";
  const digits = ratioDigits(ratio.median);
  return `${ratio.median.toFixed(digits)} (${ratio.min.toFixed(digits)})`;
}

function ratioDigits(ratio) {
  return ratio < 100 ? 1 : 0;
}

/** Whole training steps. */
export function stepComparison({ steps }, format) {
  return tableLines(steps, columns(steps, 2, "ms"), format);
}

/** Evaluation of the test images. */
export function evaluationComparison({ evaluation }, format) {
  return tableLines(evaluation, columns(evaluation, 3, "s"), format);
}

/**
 * One line per model, one column per library: the median at its best number of threads, and in brackets its
 * ratio to Fovea on the largest number of threads.
 */
export function libraryTable(figures, { digits, unit }, format) {
  const names = [...new Set(figures.map(competitorName))];
  const models = [...new Set(figures.map(({ model }) => model))];
  const textOf = (model, name) => {
    const own = figures.filter((each) => each.model === model && competitorName(each) === name);
    const [best] = own.sort((a, b) => a.median - b.median);
    if (best === undefined) return "";
    const ratio = best.ratios?.reduce((a, b) => (a.threads > b.threads ? a : b));
    const time = best.median.toFixed(digits);
    return ratio ? `${time} (${ratio.median.toFixed(ratioDigits(ratio.median))} ×)` : time;
  };
  const columns = [
    { title: "model", align: "left", text: (model) => model },
    ...names.map((name) => ({ title: `${name}, ${unit}`, text: (model) => textOf(model, name) })),
  ];
  return tableLines(models, columns, format);
}

/** A model's figures of Fovea on its largest number of threads and of the fastest PyTorch; none without one of them. */
export function foveaAndPytorch(figures, model) {
  const own = figures.filter((each) => each.model === model);
  const [ours] = own.filter(({ peer }) => peer === "fovea").sort((a, b) => b.threads - a.threads);
  const [best] = own
    .filter(({ peer }) => peer.startsWith("pytorch"))
    .sort((a, b) => a.median - b.median);
  return ours && best ? [{ ours, best }] : [];
}

/**
 * One line per model: Fovea on its largest number of threads, the fastest PyTorch of all, their ratio, and the time of
 * the multiply-adds at the register-only peak on as many threads as Fovea has. Undefined where PyTorch did not run.
 */
export function pytorchTable({ steps, floors }, format) {
  const models = [...new Set(steps.map(({ model }) => model))];
  const rows = models.flatMap((model) =>
    foveaAndPytorch(steps, model).map(({ ours, best }) => {
      const floor = floors.find((each) => each.model === model).milliseconds / ours.threads;
      return { model, ours, best, floor };
    }),
  );
  if (rows.length === 0) return undefined;
  const both = ({ median, min }) => `${median.toFixed(2)} (${min.toFixed(2)})`;
  const columns = [
    { title: "model", align: "left", text: ({ model }) => model },
    { title: "Fovea, ms (min)", text: ({ ours }) => both(ours) },
    { title: "PyTorch's best, ms (min)", text: ({ best }) => both(best) },
    { title: "by", align: "left", text: ({ best }) => `${best.name}, ${best.threads}` },
    { title: "ratio", text: ({ ours, best }) => (best.median / ours.median).toFixed(2) },
    { title: "of the minima", text: ({ ours, best }) => (best.min / ours.min).toFixed(2) },
    { title: "floor, ms", text: ({ floor }) => floor.toFixed(2) },
  ];
  return tableLines(rows, columns, format);
}

/** One line with the machine and the number of rounds. */
export function comparisonLine(result) {
  const line = `${machineWords(result)}, ${result.rounds} rounds in turns`;
  const taken = `a busy machine (${result.coresTaken.toFixed(1)} cores taken)`;
  return isBusy(result) ? `${line}, ${taken}` : line;
}

/** Whether other programs used the processor when the comparison began, so that times are too long. */
export function isBusy({ coresTaken }) {
  return coresTaken > 0.2;
}

/** One line with the largest difference of the first losses; undefined where Fovea ran alone. */
export function checkLine({ checks }) {
  if (checks.length === 0) return undefined;
  const largest = Math.max(...checks.map(({ difference }) => difference));
  return (
    `First losses without dropout, from the same values on the same batches, agree within ` +
    `${lossTolerance}: the largest difference is ${largest.toExponential(1)}.`
  );
}

/** Explains the last columns. */
export const ratioNote =
  "× Fovea on n: how many times as long as Fovea on n threads; of the rounds' ratios the median and, in " +
  "brackets, the least.";

/** All results as text, for terminals. */
export function comparisonText(result) {
  const parts = [
    [comparisonLine(result)],
    ["training step", "", ...stepComparison(result, "plain")],
  ];
  if (result.evaluation.length > 0) {
    parts.push(["evaluation of the test images", "", ...evaluationComparison(result, "plain")]);
  }
  const pytorch = pytorchTable(result, "plain");
  if (pytorch) parts.push(["training step, Fovea and the fastest PyTorch", "", ...pytorch]);
  const check = checkLine(result);
  if (check) parts.push([ratioNote, check]);
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
