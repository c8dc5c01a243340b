import { checkChoice, checkList, checkOptions, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import type {
  AdamOptions,
  AdamWOptions,
  ClipOptions,
  OptimizerKind,
  OptimizerOptions,
  RmsPropOptions,
  SgdOptions,
  UpdateOptions,
} from "./update-options.js";

/** An optimizer with its defaults filled in. */
export type Optimizer =
  | Required<SgdOptions>
  | Required<AdamOptions>
  | Required<AdamWOptions>
  | Required<RmsPropOptions>;

export interface ParameterGroup {
  readonly match: string;
  readonly rate: number;
  /** The optimizer's where undefined. */
  readonly weightDecay?: number;
  readonly frozen: boolean;
}

/** `UpdateOptions`, checked and with defaults filled in. */
export interface UpdateRule {
  readonly optimizer: Optimizer;
  readonly groups: readonly ParameterGroup[];
  readonly clip?: ClipOptions;
  readonly ema?: { readonly decay: number };
}

/** Kinds of optimizers. */
const optimizerKinds = ["sgd", "adam", "adamw", "rmsprop"] as const satisfies OptimizerKind[];

const adamDefaults = { betas: [0.9, 0.999], eps: 1e-8 } as const;

/** PyTorch's. */
const optimizerDefaults: { readonly [Kind in OptimizerKind]: Optimizer & { kind: Kind } } = {
  sgd: { kind: "sgd", momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
  adam: { kind: "adam", ...adamDefaults, weightDecay: 0 },
  adamw: { kind: "adamw", ...adamDefaults, weightDecay: 0.01 },
  rmsprop: {
    ...{ kind: "rmsprop", alpha: 0.99, eps: 1e-8 },
    ...{ momentum: 0, centered: false, weightDecay: 0 },
  },
};

/**
 * Checks how steps change parameters, and fills in defaults.
 *
 * @throws InputError naming the first option that is wrong
 */
export function updateRule(where: string, options: UpdateOptions): UpdateRule {
  const { optimizer = { kind: "sgd" }, groups = [], clip, ema } = options;
  checkList(where, "groups of parameters", groups);
  return {
    optimizer: checkedOptimizer(where, optimizer),
    groups: groups.map((group, index) => checkedGroup(where, group, index)),
    ...(clip !== undefined && { clip: checkedClip(where, clip) }),
    ...(ema !== undefined && { ema: checkedEma(where, ema) }),
  };
}

function checkedOptimizer(where: string, options: OptimizerOptions): Optimizer {
  const { kind } = Object(options) as OptimizerOptions;
  checkChoice(where, "optimizer.kind", kind, optimizerKinds);
  const defaults = optimizerDefaults[kind];
  checkOptions(`${where}: optimizer ${kind}`, options, Object.keys(defaults));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const optimizer = { ...defaults, ...Object.fromEntries(given) } as Optimizer;
  checkNumbers(where, optimizer);
  if (optimizer.kind === "sgd") checkSgd(where, optimizer);
  return optimizer;
}

/** What each number of an optimizer may be; `below` 1 for what is kept of a mean. */
const numberRules = {
  momentum: [(x: number) => x >= 0, "a number of 0 or more"],
  weightDecay: [(x: number) => x >= 0, "a number of 0 or more"],
  dampening: [() => true, "a number"],
  alpha: [(x: number) => x >= 0 && x < 1, "a number of 0 or more and below 1"],
  eps: [(x: number) => Math.fround(x) > 0, "a number above 0"],
} as const;

function checkNumbers(where: string, optimizer: Optimizer): void {
  for (const [name, [allows, expected]] of Object.entries(numberRules)) {
    const value = (optimizer as unknown as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    checkNumber(where, `optimizer.${name}`, value, allows, expected);
  }
  for (const name of ["nesterov", "centered"] as const) {
    const value = (optimizer as unknown as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || typeof value === "boolean") continue;
    throw new InputError(where, `optimizer.${name} to be true or false`, shown(value));
  }
  if ("betas" in optimizer) checkBetas(where, optimizer.betas);
}

function checkBetas(where: string, betas: readonly number[]): void {
  const isPair =
    Array.isArray(betas) && betas.length === 2 && betas.every((beta) => beta >= 0 && beta < 1);
  if (isPair) return;
  const expected = "optimizer.betas to be two numbers of 0 or more and below 1";
  throw new InputError(where, expected, Array.isArray(betas) ? betas.join(", ") : shown(betas));
}

function checkSgd(where: string, { momentum, dampening, nesterov }: Required<SgdOptions>): void {
  if (dampening !== 0 && momentum === 0) {
    throw new InputError(where, "optimizer.dampening only with momentum", "momentum 0");
  }
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    const expected = "optimizer.nesterov only with momentum above 0 and dampening 0";
    throw new InputError(where, expected, `momentum ${momentum} and dampening ${dampening}`);
  }
}

function checkedGroup(
  where: string,
  options: NonNullable<UpdateOptions["groups"]>[number],
  index: number,
): ParameterGroup {
  const at = `groups[${index}]`;
  checkOptions(`${where}: ${at}`, options, ["match", "rate", "weightDecay", "frozen"]);
  const { match, rate = 1, weightDecay, frozen = false } = options;
  if (typeof match !== "string" || match === "") {
    throw new InputError(where, `${at}.match to be a pattern of names`, shown(match));
  }
  checkNumber(where, `${at}.rate`, rate, (x) => x > 0, "a number above 0");
  if (weightDecay !== undefined) {
    checkNumber(where, `${at}.weightDecay`, weightDecay, (x) => x >= 0, "a number of 0 or more");
  }
  if (typeof frozen !== "boolean") {
    throw new InputError(where, `${at}.frozen to be true or false`, shown(frozen));
  }
  if (frozen && (rate !== 1 || weightDecay !== undefined)) {
    const expected = `${at} to have neither rate nor weightDecay, as it is frozen`;
    throw new InputError(where, expected, rate !== 1 ? "rate" : "weightDecay");
  }
  return { match, rate, ...(weightDecay !== undefined && { weightDecay }), frozen };
}

function checkedClip(where: string, clip: ClipOptions): ClipOptions {
  checkOptions(`${where}: clip`, clip, ["norm", "value"]);
  const given = Object.entries(clip).filter(([, value]) => value !== undefined);
  const [[name, limit] = ["norm", undefined]] = given;
  if (given.length !== 1) {
    const names = given.map(([each]) => each).join(" and ");
    throw new InputError(where, "clip to have either norm or value", names || "neither");
  }
  checkNumber(where, `clip.${name}`, limit, (x) => Math.fround(x) > 0, "a number above 0");
  return clip;
}

function checkedEma(where: string, ema: NonNullable<UpdateOptions["ema"]>): { decay: number } {
  checkOptions(`${where}: ema`, ema, ["decay"]);
  const { decay = 0.999 } = ema;
  const allows = (x: number) => x >= 0 && x < 1;
  checkNumber(where, "ema.decay", decay, allows, "a number of 0 or more and below 1");
  return { decay };
}

function checkNumber(
  where: string,
  what: string,
  value: unknown,
  allows: (value: number) => boolean,
  expected: string,
): void {
  if (typeof value === "number" && Number.isFinite(Math.fround(value)) && allows(value)) return;
  throw new InputError(where, `${what} to be ${expected}`, shown(value));
}

/** Names of what an optimizer keeps of each parameter, PyTorch's, in the order of the kernel's arrays. */
export function stateNames(optimizer: Optimizer): readonly (string | undefined)[] {
  switch (optimizer.kind) {
    case "sgd":
      return optimizer.momentum > 0 ? ["momentum_buffer"] : [];
    case "adam":
    case "adamw":
      return ["exp_avg", "exp_avg_sq"];
    case "rmsprop":
      return [
        "square_avg",
        optimizer.centered ? "grad_avg" : undefined,
        optimizer.momentum > 0 ? "momentum_buffer" : undefined,
      ];
  }
}

/** Whether a training keeps more from step to step than its parameters. */
export function keepsState({ optimizer, ema }: UpdateRule): boolean {
  return ema !== undefined || stateNames(optimizer).length > 0;
}

/** Whether an optimizer has a momentum that a schedule can change: `momentum`, or the first of the `betas`. */
export function hasMomentum(optimizer: Optimizer): boolean {
  return "betas" in optimizer || optimizer.momentum > 0;
}

/** Whether a step is `p ← p − learningRate · g` for every parameter that it changes. */
export function isPlainDescent({ optimizer, groups, clip, ema }: UpdateRule): boolean {
  const decays = [optimizer.weightDecay, ...groups.map(({ weightDecay = 0 }) => weightDecay)];
  return (
    optimizer.kind === "sgd" &&
    optimizer.momentum === 0 &&
    decays.every((decay) => decay === 0) &&
    clip === undefined &&
    ema === undefined
  );
}
