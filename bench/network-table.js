import { tableLines } from "../dist/bench/table.js";
import { foveaAndPytorch } from "./peers/comparison-tables.js";

/**
 * Several comparisons of one command, one line per network: the median of the comparisons' times on Fovea's largest number
 * of threads and of the fastest PyTorch, and their ratio in each comparison; then the ratio of evaluation, where it was
 * measured.
 */
export function networkLines(comparisons, format) {
  const models = [...new Set(comparisons.flatMap(({ steps }) => steps.map(({ model }) => model)))];
  const rows = models.map((model) => ({
    model,
    steps: comparisons.flatMap(({ steps }) => foveaAndPytorch(steps, model)),
    evaluations: comparisons.flatMap(({ evaluation }) => foveaAndPytorch(evaluation, model)),
  }));
  const columns = [
    { title: "network", align: "left", text: ({ model }) => model },
    { title: "Fovea, ms", text: ({ steps }) => middle(steps, ({ ours }) => ours.median) },
    { title: "PyTorch, ms", text: ({ steps }) => middle(steps, ({ best }) => best.median) },
    { title: "by", align: "left", text: ({ steps }) => fastestNames(steps) },
    { title: "ratio in each run", text: ({ steps }) => ratios(steps) },
    { title: "evaluation", text: ({ evaluations }) => ratios(evaluations) },
  ];
  return tableLines(rows, columns, format);
}

function middle(pairs, read) {
  const values = pairs.map(read).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)].toFixed(2);
}

function fastestNames(pairs) {
  const found = pairs.map(({ best }) => `${best.name}, ${best.threads}`);
  return [...new Set(found)].join(" or ");
}

function ratios(pairs) {
  return pairs.map(({ ours, best }) => (best.median / ours.median).toFixed(2)).join(", ");
}
