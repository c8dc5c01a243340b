import { tableLines } from "../dist/bench/table.js";

/**
 * Several comparisons of one command, one line per network: the median of the comparisons' times on Fovea's largest number
 * of threads and of the fastest PyTorch, and their ratio in each comparison; then the ratio of evaluation, where it was
 * measured.
 */
export function networkLines(comparisons, format) {
  const models = [...new Set(comparisons.flatMap(({ steps }) => steps.map(({ model }) => model)))];
  const rows = models.map((model) => ({
    model,
    steps: comparisons.flatMap(({ steps }) => fastest(steps, model)),
    evaluations: comparisons.flatMap(({ evaluation }) => fastest(evaluation, model)),
  }));
  const columns = [
    { title: "network", align: "left", text: ({ model }) => model },
    { title: "Fovea, ms", text: ({ steps }) => middle(steps, ({ ours }) => ours.median) },
    { title: "PyTorch, ms", text: ({ steps }) => middle(steps, ({ theirs }) => theirs.median) },
    { title: "by", align: "left", text: ({ steps }) => fastestNames(steps) },
    { title: "ratio in each run", text: ({ steps }) => ratios(steps) },
    { title: "evaluation", text: ({ evaluations }) => ratios(evaluations) },
  ];
  return tableLines(rows, columns, format);
}

/** Fovea on its largest number of threads, and PyTorch at its best; none where one of them was not measured. */
function fastest(figures, model) {
  const own = figures.filter((each) => each.model === model);
  const [ours] = own.filter(({ peer }) => peer === "fovea").sort((a, b) => b.threads - a.threads);
  const [theirs] = own
    .filter(({ peer }) => peer.startsWith("pytorch"))
    .sort((a, b) => a.median - b.median);
  return ours && theirs ? [{ ours, theirs }] : [];
}

function middle(pairs, read) {
  const values = pairs.map(read).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)].toFixed(2);
}

function fastestNames(pairs) {
  const found = pairs.map(({ theirs }) => `${theirs.name}, ${theirs.threads}`);
  return [...new Set(found)].join(" or ");
}

function ratios(pairs) {
  return pairs.map(({ ours, theirs }) => (theirs.median / ours.median).toFixed(2)).join(", ");
}
