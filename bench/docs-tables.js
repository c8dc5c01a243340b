import { tableLines } from "../dist/bench/table.js";

/** The machine, Node, the build and the data, in a few words. */
export function machineWords({ processor, cores, node, build, data }) {
  return `${processor}, ${cores} cores, Node ${node}, ${build}, data ${data}`;
}

/** Median milliseconds of a whole step: one line per model, one column per number of threads. */
export function stepTimes({ steps }, format) {
  const threads = [...new Set(steps.map((step) => step.threads))];
  const models = [...new Set(steps.map(({ model }) => model))];
  const timeOn = (model, count) =>
    steps.find((step) => step.model === model && step.threads === count)?.median.toFixed(2) ?? "";
  const columns = [
    { title: "model", align: "left", text: (model) => model },
    ...threads.map((count) => ({
      title: count === 1 ? "1 thread, ms" : `${count} threads, ms`,
      text: (model) => timeOn(model, count),
    })),
  ];
  return tableLines(models, columns, format);
}
