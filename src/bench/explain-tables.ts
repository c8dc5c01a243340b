import { showShape } from "../graph/ops/shapes.js";
import { counted, percent, thousands } from "../numbers.js";
import type { ExplainedPlan, ExplainedStep } from "./explain.js";
import type { KernelFigures } from "./kernel-calls.js";
import { type Column, tableLines } from "./table.js";

/** Both plans as tables, and below each what was not fused. */
export function explainedText(
  plans: readonly ExplainedPlan[],
  measured: KernelFigures | undefined,
): string {
  return `${plans.flatMap((plan) => [...planLines(plan, measured), ""]).join("\n")}`;
}

function planLines(plan: ExplainedPlan, measured: KernelFigures | undefined): string[] {
  const { steps, phases, memory } = plan;
  const sum = steps.reduce((all, { multiplyAdds }) => all + multiplyAdds, 0);
  const shares = plan.plan === "training" ? measured : undefined;
  const title = [
    `${plan.plan}: ${counted(steps.length, "step")} in ${counted(phases, "phase")}`,
    `${thousands(sum)} multiply-adds forward`,
    `memory ${kilobytes(memory.thread)} a thread, ${kilobytes(memory.image)} an image, ${kilobytes(memory.batch)} a batch`,
  ];
  return [
    title.join("; "),
    "",
    ...tableLines(steps, columns(shares), "plain"),
    ...(shares === undefined ? [] : ["", measuredLine(shares)]),
    ...missedLines(steps),
  ];
}

function columns(measured: KernelFigures | undefined): Column<ExplainedStep>[] {
  const left = "left" as const;
  const all: Column<ExplainedStep>[] = [
    { title: "layer", align: left, text: ({ layer }) => layer },
    { title: "nodes", align: left, text: ({ ops }) => ops.join(" → ") },
    { title: "fusion", align: left, text: ({ fusion }) => fusion ?? "" },
    { title: "shape", align: left, text: ({ shape }) => showShape(shape) },
    { title: "parameters", text: ({ parameters }) => thousands(parameters) },
    { title: "bytes", text: ({ bytes }) => thousands(bytes) },
    { title: "multiply-adds", text: ({ multiplyAdds }) => thousands(multiplyAdds) },
    { title: "kernels", align: left, text: kernelWords },
  ];
  if (measured === undefined) return all;
  const share = (step: ExplainedStep) => percent(shareOf(step, measured), 1);
  return [...all.slice(0, -1), { title: "time, %", text: share }, ...all.slice(-1)];
}

/** Part of the step's time that its calls for each image take, 0..1. */
export function shareOf({ output }: ExplainedStep, { calls }: KernelFigures): number {
  return calls.reduce((sum, call) => sum + (call.output === output ? call.share : 0), 0);
}

function kernelWords({ kernels }: ExplainedStep): string {
  const { once, forward, backward } = kernels;
  const parts = [callWords(forward)];
  if (backward.length > 0) parts.push(`back: ${callWords(backward)}`);
  if (once.length > 0) parts.push(`once: ${callWords(once)}`);
  return parts.filter((part) => part !== "").join("; ");
}

/** Kernels in the order of their first calls, and how often each is called if more than once. */
function callWords(kernels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kernel of kernels) counts.set(kernel, (counts.get(kernel) ?? 0) + 1);
  const words = ([kernel, count]: [string, number]) =>
    count === 1 ? kernel : `${kernel} ×${count}`;
  return [...counts].map(words).join(" ");
}

function measuredLine({ step, skipped }: KernelFigures): string {
  const others = skipped.length > 0 ? `, without ${counted(skipped.length, "call")} a batch` : "";
  return `time: of the median step on one thread, ${step.toFixed(2)} ms; calls for each image${others}`;
}

function missedLines(steps: readonly ExplainedStep[]): string[] {
  const lines = steps.flatMap(({ layer, ops, notFused }) =>
    notFused.map(({ fusion, why }) => `  ${layer} (${ops[0]}): not ${fusion}: ${why}`),
  );
  return lines.length === 0 ? [] : ["", "not fused:", ...lines];
}

function kilobytes(bytes: number): string {
  return `${thousands(Math.round(bytes / 1000))} kB`;
}
