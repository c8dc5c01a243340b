import { percent, thousands } from "../numbers.js";
import type { CallFigure, KernelFigures } from "./kernel-calls.js";
import type { MemoryFigure } from "./memory.js";
import type { BenchmarkResult } from "./result.js";
import { type ScalingAxis, type ScalingPoint, type ScalingSeries, scalingAxes } from "./scaling.js";
import { type Column, type TableFormat, tableLines } from "./table.js";
import type { ThroughputFigure } from "./throughput.js";
import type { EvaluationFigure, StepFigure } from "./whole-steps.js";

const none = "–";

/** Calls below this fraction of a step share one line of a table. */
const smallestShare = 0.01;

type StepRow = StepFigure & {
  readonly batchSize: number;
  readonly evaluation?: EvaluationFigure;
};

const stepColumns: readonly Column<StepRow>[] = [
  { title: "model", align: "left", text: ({ model }) => model },
  { title: "threads", text: ({ threads }) => String(threads) },
  { title: "ms per step, median", text: ({ median }) => median.toFixed(2) },
  { title: "min", text: ({ min }) => min.toFixed(2) },
  {
    title: "images per second",
    text: ({ median, batchSize }) => thousands(Math.round((1000 * batchSize) / median)),
  },
  { title: "evaluation, s", text: ({ evaluation }) => evaluation?.seconds.toFixed(3) ?? none },
];

/** Whole training steps and evaluation: one line per model and number of threads. */
export function stepLines(
  { steps, evaluation, batchSize }: Pick<BenchmarkResult, "steps" | "evaluation" | "batchSize">,
  format: TableFormat,
): string[] {
  const rows = steps.map((step) => ({
    ...step,
    batchSize,
    evaluation: evaluation.find(
      ({ model, threads }) => model === step.model && threads === step.threads,
    ),
  }));
  return tableLines(rows, stepColumns, format);
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
const kilobytes = (bytes: number) => (bytes / 1e3).toFixed(0);

const memoryColumns: readonly Column<MemoryFigure>[] = [
  { title: "model", align: "left", text: ({ model }) => model },
  { title: "threads", text: ({ threads }) => String(threads) },
  { title: "start, ms", text: ({ start }) => start.toFixed(0) },
  { title: "resident, MB", text: ({ resident }) => megabytes(resident) },
  { title: "at most", text: ({ mostResident }) => megabytes(mostResident) },
  { title: "steps", text: ({ steps }) => thousands(steps) },
  { title: "heap before, kB", text: ({ heapBefore }) => kilobytes(heapBefore) },
  { title: "after", text: ({ heapAfter }) => kilobytes(heapAfter) },
  { title: "garbage", text: ({ garbage }) => kilobytes(garbage) },
];

/** Start times of models, and memory of training processes. */
export function memoryLines(memory: readonly MemoryFigure[], format: TableFormat): string[] {
  return tableLines(memory, memoryColumns, format);
}

const throughputColumns: readonly Column<ThroughputFigure>[] = [
  { title: "model", align: "left", text: ({ model }) => model },
  { title: "runs at once", text: ({ runs }) => String(runs) },
  { title: "threads each", text: ({ threads }) => String(threads) },
  { title: "ms per step, median", text: ({ step }) => step.toFixed(2) },
  { title: "µs to classify an image", text: ({ image }) => (image / 1e3).toFixed(1) },
  { title: "runs per hour", text: ({ runsPerHour }) => runsPerHour.toFixed(0) },
];

/** Runs per hour: all threads in one run, compared with one run per thread. */
export function throughputLines(
  throughput: readonly ThroughputFigure[],
  format: TableFormat,
): string[] {
  return [
    ...tableLines(throughput, throughputColumns, format),
    "",
    "Runs per hour: runs of 5 epochs with 60,000 + 10,000 images, extrapolated from the two times before.",
  ];
}

const callColumns: readonly Column<CallFigure>[] = [
  { title: "kernel", align: "left", text: ({ kernel }) => kernel },
  { title: "layer", align: "left", text: ({ layer }) => layer },
  { title: "µs per image", text: ({ microseconds }) => microseconds.toFixed(2) },
  { title: "ms per batch", text: ({ milliseconds }) => milliseconds.toFixed(3) },
  { title: "step, %", text: ({ share }) => percent(share, 1) },
  { title: "dense", text: ({ dense }) => dense?.toFixed(1) ?? "" },
  { title: "executed", text: ({ executed }) => executed?.toFixed(1) ?? "" },
  { title: "peak, %", text: ({ ofPeak }) => (ofPeak === undefined ? "" : percent(ofPeak, 1)) },
];

/** The kernel calls of a model with their GFLOP/s, longest first. */
function kernelLines(figures: KernelFigures, format: TableFormat): string[] {
  const sorted = figures.calls.toSorted((a, b) => b.milliseconds - a.milliseconds);
  const large = sorted.filter(({ share }) => share >= smallestShare);
  const small = sorted.filter(({ share }) => share < smallestShare);
  const rows = [...large];
  if (small.length > 0) rows.push(together(`${small.length} smaller calls`, small));
  return tableLines(rows, callColumns, format);
}

function together(kernel: string, calls: readonly CallFigure[]): CallFigure {
  const sum = (field: "microseconds" | "milliseconds" | "share") =>
    calls.reduce((total, call) => total + call[field], 0);
  return {
    kernel,
    layer: "",
    microseconds: sum("microseconds"),
    milliseconds: sum("milliseconds"),
    share: sum("share"),
  };
}

/** The title of a model's table of kernel calls. */
function kernelTitle({ model, step, calls, peak }: KernelFigures): string {
  const sum = calls.reduce((total, { milliseconds }) => total + milliseconds, 0);
  return (
    `${model}, 1 thread: step ${step.toFixed(2)} ms, its calls ${sum.toFixed(2)} ms, ` +
    `peak ${peak.toFixed(0)} GFLOP/s`
  );
}

/** Lines below the table that name what could not be measured. */
function kernelNotes({ skipped }: KernelFigures): string[] {
  if (skipped.length === 0) return [];
  return ["", `Not measured alone: ${[...new Set(skipped)].join(", ")}.`];
}

/** Axes whose tables also have the time per multiply-add, which shows the cost of padding. */
const workAxes: ReadonlySet<ScalingAxis> = new Set(["channels", "kernel size", "stride"]);

/**
 * One table per axis: sizes in rows, models in columns, median ms per step. The axis of attention positions
 * also has the memory.
 */
export function scalingLines(series: readonly ScalingSeries[], format: TableFormat): string[] {
  return scalingAxes.flatMap((axis) => {
    const along = series.filter((each) => each.axis === axis);
    if (along.length === 0) return [];
    const sizes = [...new Set(along.flatMap(({ points }) => points.map(({ size }) => size)))];
    const columns: Column<number>[] = [
      { title: axis, text: thousands },
      ...along.map(({ model, points }) =>
        pointColumn(model, points, ({ median }) => median.toFixed(2)),
      ),
      ...(axis === "attention positions" ? along.map(memoryColumn) : []),
      ...(workAxes.has(axis) ? along.map(workColumn) : []),
    ];
    return [...tableLines(sizes, columns, format), ""];
  });
}

function memoryColumn({ model, points }: ScalingSeries): Column<number> {
  return pointColumn(`${model}, MB`, points, ({ memory }) => (memory / 1e6).toFixed(2));
}

function workColumn({ model, points }: ScalingSeries): Column<number> {
  const title = `${model}, ns per 1,000 multiply-adds forward`;
  return pointColumn(title, points, ({ median, work }) => ((median * 1e9) / work).toFixed(1));
}

function pointColumn(
  title: string,
  points: readonly ScalingPoint[],
  textOf: (point: ScalingPoint) => string,
): Column<number> {
  const text = (size: number) => {
    const point = points.find((each) => each.size === size);
    return point ? textOf(point) : none;
  };
  return { title, text };
}

/** One line with the machine, the build and the data. */
function machineLine(result: BenchmarkResult): string {
  const { processor, cores, node, build, data, peak } = result;
  return (
    `${processor}, ${cores} cores, Node ${node}, ${build}, data ${data}, ` +
    `peak ${peak.toFixed(1)} GFLOP/s per thread`
  );
}

/** All results as text, for terminals of 100 columns. */
export function resultText(result: BenchmarkResult): string {
  const parts = [
    [machineLine(result)],
    stepLines(result, "plain"),
    memoryLines(result.memory, "plain"),
    throughputLines(result.throughput, "plain"),
    [`fovea --help: ${result.help.toFixed(0)} ms`],
    ...(result.kernels ?? []).map((figures) => [
      kernelTitle(figures),
      "",
      ...kernelLines(figures, "plain"),
      ...kernelNotes(figures),
    ]),
    scalingLines(result.scaling ?? [], "plain"),
  ];
  const texts = parts.map((lines) => lines.join("\n").trimEnd()).filter((text) => text !== "");
  return `${texts.join("\n\n")}\n`;
}
