import { expect, test } from "vitest";
import type { KernelFigures } from "../../src/bench/kernel-calls.js";
import type { BenchmarkResult } from "../../src/bench/result.js";
import { resultText, stepLines } from "../../src/bench/result-tables.js";
import { scalingFigure } from "../../src/bench/scaling-figure.js";
import { tableLines } from "../../src/bench/table.js";
import { runsPerHour } from "../../src/bench/throughput.js";
import { standaloneSvg } from "../../src/report/markup.js";
import { expectWellFormed } from "../report/well-formed.js";

const kernels: KernelFigures = {
  model: "mha-batch",
  step: 10,
  peak: 50,
  calls: [
    { kernel: "Zero", layer: "objective", microseconds: 0.5, milliseconds: 0.032, share: 0.0032 },
    {
      kernel: "SeedLoss",
      layer: "objective",
      microseconds: 0.25,
      milliseconds: 0.016,
      share: 0.0016,
    },
    {
      kernel: "ConvPoolForward",
      layer: "localization.0.conv",
      microseconds: 31.25,
      milliseconds: 2,
      share: 0.2,
      dense: 44,
      executed: 40,
      ofPeak: 0.8,
    },
  ],
  skipped: ["BatchAttentionForward", "BatchAttentionForward", "BatchAttentionBackward"],
};

const result: BenchmarkResult = {
  fovea: "1.0.0",
  node: "20.20.0",
  v8: "11",
  processor: "AMD EPYC",
  cores: 2,
  platform: "linux x64",
  build: "relaxed-fma",
  data: "mnist",
  batchSize: 64,
  steps: [
    { model: "cnn", threads: 1, median: 2, min: 1.875 },
    { model: "coordconv-stn", threads: 2, median: 10.006, min: 9.5 },
  ],
  evaluation: [{ model: "cnn", threads: 1, images: 10_000, seconds: 0.25 }],
  peak: 58.25,
  memory: [
    {
      model: "cnn",
      threads: 2,
      start: 20.4,
      resident: 181e6,
      mostResident: 190e6,
      steps: 1000,
      heapBefore: 5e6,
      heapAfter: 5.1e6,
      garbage: 50e3,
    },
  ],
  throughput: [
    { model: "stn", runs: 1, threads: 2, step: 2.3, image: 22_200, runsPerHour: 297.4 },
    { model: "stn", runs: 2, threads: 1, step: 4.4, image: 42_800, runsPerHour: 315.7 },
  ],
  help: 110.2,
  kernels: [kernels],
  scaling: [
    {
      axis: "batch size",
      model: "cnn",
      points: [
        { size: 64, median: 2, min: 1.9, memory: 50_000, work: 1 },
        { size: 1024, median: 32, min: 31, memory: 50_000, work: 1 },
      ],
    },
    {
      axis: "batch size",
      model: "stn",
      points: [{ size: 64, median: 4, min: 4, memory: 1, work: 1 }],
    },
    {
      axis: "attention positions",
      model: "mha",
      points: [{ size: 144, median: 13, min: 12, memory: 218_400, work: 1 }],
    },
    {
      axis: "channels",
      model: "cnn",
      points: [{ size: 10, median: 2.4, min: 2.3, memory: 1, work: 64 * 480_000 }],
    },
    { axis: "threads", model: "cnn", points: [{ size: 1, median: 2, min: 2, memory: 1, work: 1 }] },
  ],
};

test("a table for terminals is aligned", () => {
  expect(stepLines(result, "plain")).toEqual([
    "model          threads  ms per step, median   min  images per second  evaluation, s",
    "─────────────  ───────  ───────────────────  ────  ─────────────────  ─────────────",
    "cnn                  1                 2.00  1.88             32,000          0.250",
    "coordconv-stn        2                10.01  9.50              6,396              –",
  ]);
});

test("runs per hour are those of five epochs of MNIST's size", () => {
  // 5 × (938 steps of 2 ms + 10,000 images of 50 µs) = 11.88 s
  expect(runsPerHour(1, 2, 50_000)).toBeCloseTo(3600 / 11.88, 9);
  expect(runsPerHour(4, 2, 50_000)).toBeCloseTo((4 * 3600) / 11.88, 9);
});

test("a table in Markdown says how it is aligned", () => {
  const columns = [
    { title: "name", align: "left", text: ({ name }: { name: string }) => name },
    { title: "n", text: ({ name }: { name: string }) => String(name.length) },
  ] as const;
  expect(tableLines([{ name: "ab" }], columns, "markdown")).toEqual([
    "| name | n |",
    "| --- | ---: |",
    "| ab | 2 |",
  ]);
});

test("all results fit into 100 columns", () => {
  const text = resultText(result);
  expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
  expect(text.slice(text.indexOf("cnn          2"))).toBe(`\
cnn          2         20           181      190  1,000             5000   5100       50

model  runs at once  threads each  ms per step, median  µs to classify an image  runs per hour
─────  ────────────  ────────────  ───────────────────  ───────────────────────  ─────────────
stn               1             2                 2.30                     22.2            297
stn               2             1                 4.40                     42.8            316

Runs per hour: runs of 5 epochs with 60,000 + 10,000 images, extrapolated from the two times before.

fovea --help: 110 ms

mha-batch, 1 thread: step 10.00 ms, its calls 2.05 ms, peak 50 GFLOP/s

kernel           layer                µs per image  ms per batch  step, %  dense  executed  peak, %
───────────────  ───────────────────  ────────────  ────────────  ───────  ─────  ────────  ───────
ConvPoolForward  localization.0.conv         31.25         2.000     20.0   44.0      40.0     80.0
2 smaller calls                               0.75         0.048      0.5

Not measured alone: BatchAttentionForward, BatchAttentionBackward.

batch size    cnn   stn
──────────  ─────  ────
        64   2.00  4.00
     1,024  32.00     –

attention positions    mha  mha, MB
───────────────────  ─────  ───────
                144  13.00     0.22

channels   cnn  cnn, ns per 1,000 multiply-adds forward
────────  ────  ───────────────────────────────────────
      10  2.40                                     78.1

threads   cnn
───────  ────
      1  2.00
`);
});

test("the scaling figure is an SVG file of its own", () => {
  const svg = standaloneSvg(scalingFigure(result.scaling!));
  expectWellFormed(svg);
  expect(svg).toContain("batch size");
  expect(svg).toContain("MB of working memory per step");
  expect(svg).toContain("threads");
  expect(svg).not.toContain("NaN");
});
