import { tableLines } from "../../dist/bench/table.js";

const names = { fovea: "Fovea", pytorch: "PyTorch" };

function columns(digits, unit) {
  return [
    { title: "model", align: "left", text: ({ model }) => model },
    { title: "by", align: "left", text: ({ peer }) => names[peer] },
    { title: "threads", text: ({ threads }) => String(threads) },
    { title: `median, ${unit}`, text: ({ median }) => median.toFixed(digits) },
    { title: "min", text: ({ min }) => min.toFixed(digits) },
    {
      title: "PyTorch's best / this",
      text: ({ ratio }) => (ratio === undefined ? "" : `${ratio.toFixed(1)} ×`),
    },
  ];
}

function byModel(figures) {
  const order = [...new Set(figures.map(({ model }) => model))];
  return figures.toSorted((a, b) => order.indexOf(a.model) - order.indexOf(b.model));
}

/** Whole training steps. */
export function stepComparison({ steps }, format) {
  return tableLines(byModel(steps), columns(2, "ms"), format);
}

/** Evaluation of the test images. */
export function evaluationComparison({ evaluation }, format) {
  return tableLines(byModel(evaluation), columns(3, "s"), format);
}

/** What ran where, in a line. */
export function comparisonLine({ processor, cores, node, build, pytorch, data, rounds }) {
  return (
    `${processor}, ${cores} cores, Node ${node}, ${build}, PyTorch ${pytorch}, data ${data}, ` +
    `${rounds} rounds in turns`
  );
}

/** All of it, for terminals. */
export function comparisonText(result) {
  const parts = [
    [comparisonLine(result)],
    ["training step", "", ...stepComparison(result, "plain")],
  ];
  if (result.evaluation.length > 0) {
    parts.push(["evaluation of the test images", "", ...evaluationComparison(result, "plain")]);
  }
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
