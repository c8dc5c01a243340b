import { checkChoice, checkOptions, checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { augmentationOf } from "../graph/augmentation.js";
import { checkGraph } from "../graph/check-graph.js";
import { imageChannels } from "../graph/data-needs.js";
import type { Graph, Shape } from "../graph/graph.js";
import { listed } from "../numbers.js";
import type { EngineOptions, EnginePlan, EngineSet } from "./options.js";
import { placeParameters } from "./parameter-layout.js";
import { largestLabel, needsOf } from "./plan-needs.js";
import type { UpdateOptions } from "./update-options.js";
import { updateRule } from "./update-rule.js";

/**
 * Checks that options are what their type says, as callers may write plain JavaScript, and kernels do not check the
 * addresses and numbers that follow from them.
 *
 * @throws InputError naming the first option that is wrong
 */
export function checkEngineOptions(options: EngineOptions<string, string>): void {
  checkOptions("engine", options, OPTIONS);
  const { plans, sets, batchSize, threads, mean = 0, std = 1, build } = options;
  checkWhole("engine", "batchSize", batchSize, 1);
  if (threads !== undefined) checkWhole("engine", "threads", threads, 1);
  if (build !== undefined) checkChoice("engine", "build", build, ["relaxed-fma", "mul-add"]);
  checkUpdate(options);
  checkRecord("plans", plans);
  for (const [name, plan] of Object.entries(plans)) checkPlan(`plan ${name}`, plan);
  checkNormalisation(plans, mean, std);
  checkSameParameters(plans);
  checkAveraged(options);
  checkRecord("sets", sets);
  for (const [name, set] of Object.entries(sets)) checkSet(`set ${name}`, set, plans);
}

/** A number for all channels, or one for each: kernels read a table a channel. */
function checkNormalisation(
  plans: Readonly<Record<string, EnginePlan>>,
  mean: number | readonly number[],
  std: number | readonly number[],
): void {
  checkNumbers("mean", "a number", mean, Number.isFinite);
  checkNumbers("std", "a number above 0", std, isPositive32);
  for (const [what, numbers] of Object.entries({ mean, std })) {
    if (typeof numbers === "number") continue;
    for (const [name, { graph }] of Object.entries(plans)) {
      const channels = imageChannels(graph) ?? numbers.length;
      if (channels === numbers.length) continue;
      const expected = `${what} with ${channels} numbers, one a channel of plan ${name}`;
      throw new InputError("engine", expected, String(numbers.length));
    }
  }
}

function checkNumbers(
  what: string,
  each: string,
  numbers: number | readonly number[],
  isRight: (value: unknown) => boolean,
): void {
  if (Array.isArray(numbers) && numbers.length > 0) {
    const wrong = numbers.findIndex((value) => !isRight(value));
    if (wrong < 0) return;
    throw new InputError("engine", `${what} ${wrong} to be ${each}`, shown(numbers[wrong]));
  }
  if (!isRight(numbers)) throw new InputError("engine", `${what} to be ${each}`, shown(numbers));
}

function checkUpdate({ update }: EngineOptions<string, string>): void {
  if (update === undefined) return;
  checkOptions("engine: update", update, UPDATE_OPTIONS);
  updateRule("engine", update);
}

const UPDATE_OPTIONS = ["optimizer", "groups", "clip", "ema"] satisfies (keyof UpdateOptions)[];

/** Averages are kept by the plans that update. */
function checkAveraged({ plans, update }: EngineOptions<string, string>): void {
  for (const [name, plan] of Object.entries(plans)) {
    if (plan.averaged !== true) continue;
    const updates = Object.values(plans).some((each) => each.update);
    if (updates && update?.ema !== undefined) continue;
    const expected = `update.ema and a plan with update, as plan ${name} is averaged`;
    throw new InputError("engine", expected, updates ? "no ema" : "no such plan");
  }
}

const OPTIONS = [
  "plans",
  "sets",
  "batchSize",
  "update",
  "threads",
  "mean",
  "std",
  "build",
] satisfies (keyof EngineOptions<string, string>)[];

const PLAN_OPTIONS = [
  "graph",
  "training",
  "objective",
  "update",
  "averaged",
  "augment",
  "kept",
  "inputGradients",
] satisfies (keyof EnginePlan)[];

/** Whether it is a number above 0 that float32 can hold. */
export function isPositive32(value: unknown): boolean {
  if (typeof value !== "number") return false;
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) && rounded > 0;
}

function checkRecord(what: "plans" | "sets", record: object): void {
  const isRecord = typeof record === "object" && record !== null && !Array.isArray(record);
  if (isRecord && Object.keys(record).length > 0) return;
  throw new InputError("engine", `${what} to be an object with one or more`, shown(record));
}

function checkPlan(where: string, plan: EnginePlan): void {
  checkOptions(`engine: ${where}`, plan, PLAN_OPTIONS);
  const { graph, training, objective, update, kept = [] } = plan;
  const { averaged = false, inputGradients = false } = plan;
  checkGraph("engine", `graph of ${where}`, graph);
  for (const [name, value] of Object.entries({ training, update, averaged, inputGradients })) {
    if (typeof value !== "boolean") {
      throw new InputError("engine", `${name} of ${where} to be true or false`, shown(value));
    }
  }
  if (averaged && update) {
    throw new InputError("engine", `${where} to have either update or averaged`, "both");
  }
  if (augmentationOf("engine", plan.augment) !== undefined && !training) {
    throw new InputError("engine", `${where}, which has augment, to be training`, "false");
  }
  checkChoice("engine", `objective of ${where}`, objective, OBJECTIVES);
  checkObjective(where, plan);
  const last = graph.nodes.length - 1;
  if (!Array.isArray(kept)) {
    throw new InputError("engine", `kept of ${where} to be a list of node ids`, shown(kept));
  }
  for (const id of kept) checkWhole("engine", `every node id in kept of ${where}`, id, 0, last);
}

const OBJECTIVES = ["values", "score", "loss", "cotangent"] satisfies EnginePlan["objective"][];

/** Checks the output's shape, and the options that need an objective with gradients. */
function checkObjective(where: string, plan: EnginePlan): void {
  const { graph, objective, update, inputGradients = false } = plan;
  const { shape } = graph.nodes[graph.output]!;
  const [dimensions, wanted] = OUTPUTS[objective] ?? [shape.length, ""];
  if (shape.length !== dimensions) {
    const expected = `the output of ${where}, whose objective is ${objective}, to be ${wanted}`;
    throw new InputError("engine", expected, `the shape ${shownShape(shape)}`);
  }
  const differentiates = objective === "loss" || objective === "cotangent";
  for (const [name, value] of Object.entries({ update, inputGradients })) {
    if (!value || differentiates) continue;
    const expected = `objective of ${where}, which has ${name}, to be loss or cotangent`;
    throw new InputError("engine", expected, objective);
  }
  if (differentiates && !hasGradient(graph, inputGradients)) {
    const expected = `a parameter (or inputGradients) for ${where} to take gradients of`;
    throw new InputError("engine", expected, "none before its output");
  }
}

const OUTPUTS: { readonly [Name in EnginePlan["objective"]]?: readonly [number, string] } = {
  score: [1, "log-probabilities [classes]"],
  loss: [0, "a number []"],
};

/** Whether the output depends on a parameter, or an input whose gradient is wanted. */
function hasGradient(graph: Graph, inputGradients: boolean): boolean {
  const depends: boolean[] = [];
  for (const { inputs, parameters } of graph.nodes) {
    const isWanted = parameters.length > 0 || (inputs.length === 0 && inputGradients);
    depends.push(isWanted || inputs.some((id) => depends[id]));
  }
  return depends[graph.output]!;
}

function checkSameParameters(plans: Readonly<Record<string, EnginePlan>>): void {
  const [[first, plan], ...others] = Object.entries(plans) as [
    [string, EnginePlan],
    ...[string, EnginePlan][],
  ];
  const wanted = parameterTexts(plan.graph);
  for (const [name, { graph }] of others) {
    const found = parameterTexts(graph);
    const length = Math.max(wanted.length, found.length);
    for (let at = 0; at < length; at++) {
      if (wanted[at] === found[at]) continue;
      const parameter = wanted[at] ?? `no parameter after these ${wanted.length}`;
      const expected = `plan ${name} to have the parameters of plan ${first}: ${parameter}`;
      throw new InputError("engine", expected, found[at] ?? "none");
    }
  }
}

/** Name, shape and layout of each parameter, which must be the same in all graphs. */
function parameterTexts(graph: Graph): string[] {
  return placeParameters(graph).map(({ parameter: { name, shape }, layout }) =>
    layout === "rows" ? `${name} ${shownShape(shape)}` : `${name} ${shownShape(shape)} (${layout})`,
  );
}

function shownShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

function checkSet(
  where: string,
  set: EngineSet,
  plans: Readonly<Record<string, EnginePlan>>,
): void {
  const { count, images, labels } = Object(set) as EngineSet;
  checkWhole("engine", `count of ${where}`, count, 1);
  for (const [name, bytes] of Object.entries({ images, labels })) {
    if (!(bytes instanceof Uint8Array)) {
      throw new InputError("engine", `${name} of ${where} to be a Uint8Array`, shown(bytes));
    }
  }
  const needs = Object.values(plans).map(needsOf);
  checkImages(where, set, [...new Set(needs.map(({ imageBytes = 0 }) => imageBytes))]);
  if (labels.length !== count) {
    throw new InputError("engine", `labels of ${where} to be ${count} bytes`, `${labels.length}`);
  }
  const classes = Math.max(0, ...needs.map((need) => need.classes ?? 0));
  const { image, label } = largestLabel(set);
  if (classes > 0 && label >= classes) {
    const expected = `labels of ${where} in 0..${classes - 1}`;
    throw new InputError("engine", expected, `${label} at image ${image}`);
  }
}

/** @param sizes bytes of the plans' images; 0 for a plan that reads none */
function checkImages(where: string, { count, images }: EngineSet, sizes: readonly number[]): void {
  if (sizes.some((size) => images.length === count * size)) return;
  const wanted = sizes.filter((size) => size > 0).map(String);
  const expected = wanted.length > 0 ? `${count} × ${listed(wanted, "or")} bytes` : "empty";
  throw new InputError("engine", `images of ${where} to be ${expected}`, `${images.length} bytes`);
}
