import { checkChoice, checkOptions, shown } from "../../arguments.js";
import { InputError } from "../../errors.js";
import type { ConstantSchedule } from "./constant.js";
import type { CosineSchedule } from "./cosine.js";
import type { MultiStepSchedule } from "./multi-step.js";
import type { OneCycleSchedule } from "./one-cycle.js";
import type { PlateauSchedule } from "./plateau.js";
import type { StepSchedule } from "./step.js";
import type { WarmUp } from "./warm-up.js";

type AnySchedule =
  | ConstantSchedule
  | StepSchedule
  | MultiStepSchedule
  | CosineSchedule
  | OneCycleSchedule
  | PlateauSchedule;

/** How the learning rate, which the recipe gives, changes in a training. */
export type ScheduleOptions = AnySchedule & { readonly warmup?: WarmUp };

export type ScheduleKind = ScheduleOptions["kind"];

/** A schedule with its defaults filled in. */
export type Schedule = Required<AnySchedule> & { readonly warmup?: Required<WarmUp> };

/** What an option may be, and its default; one without a default has to be given. */
interface Rule {
  readonly expected: string;
  allows(value: unknown): boolean;
  readonly fallback?: unknown;
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);

function number(expected: string, allows: (x: number) => boolean, fallback?: number): Rule {
  return { expected, allows: (x) => isNumber(x) && allows(x), fallback };
}

function whole(least: number, fallback?: number): Rule {
  const expected = `a whole number of ${least} or more`;
  return number(expected, (x) => Number.isSafeInteger(x) && x >= least, fallback);
}

const above0 = (fallback?: number) => number("a number above 0", (x) => x > 0, fallback);
const from0 = (fallback?: number) => number("a number of 0 or more", (x) => x >= 0, fallback);
const part = (fallback: number) =>
  number("a number from 0 to 1", (x) => x >= 0 && x <= 1, fallback);
const kept = (fallback: number) =>
  number("a number of 0 or more and below 1", (x) => x >= 0 && x < 1, fallback);

function oneOf(values: readonly string[], fallback: string): Rule {
  const expected = values.join(" or ");
  return { expected, allows: (x) => values.includes(x as string), fallback };
}

function bool(fallback: boolean): Rule {
  return { expected: "true or false", allows: (x) => typeof x === "boolean", fallback };
}

const milestones: Rule = {
  expected: "whole numbers of 1 or more, ascending",
  allows: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((x, at) => Number.isSafeInteger(x) && x > (at === 0 ? 0 : value[at - 1])),
};

type Rules<Kind extends ScheduleKind> = {
  readonly [Name in Exclude<keyof Extract<AnySchedule, { kind: Kind }>, "kind">]-?: Rule;
};

/** The options of each kind of schedule. */
const rules: { readonly [Kind in ScheduleKind]: Rules<Kind> } = {
  constant: {},
  step: { stepSize: whole(1), gamma: above0(0.1) },
  multiStep: { milestones, gamma: above0(0.1) },
  cosine: { minRate: from0(0) },
  oneCycle: {
    pctStart: part(0.3),
    annealStrategy: oneOf(["cos", "linear"], "cos"),
    cycleMomentum: bool(true),
    baseMomentum: kept(0.85),
    maxMomentum: kept(0.95),
    divFactor: number("a number of 1 or more", (x) => x >= 1, 25),
    finalDivFactor: above0(1e4),
    threePhase: bool(false),
  },
  plateau: {
    factor: number("a number above 0 and below 1", (x) => x > 0 && x < 1, 0.1),
    patience: whole(0, 10),
    threshold: from0(1e-4),
    thresholdMode: oneOf(["rel", "abs"], "rel"),
    cooldown: whole(0, 0),
    minRate: from0(0),
    eps: from0(1e-8),
  },
};

const scheduleKinds = Object.keys(rules) as ScheduleKind[];

/**
 * Checks a schedule, and fills in defaults.
 *
 * @param hasMomentum whether the optimizer has a momentum that can move
 * @throws InputError naming the first option that is wrong
 */
export function scheduleOf(
  where: string,
  options: ScheduleOptions,
  hasMomentum: boolean,
): Schedule {
  const { kind } = Object(options) as ScheduleOptions;
  checkChoice(where, "schedule.kind", kind, scheduleKinds);
  const own: Readonly<Record<string, Rule>> = rules[kind];
  checkOptions(`${where}: schedule ${kind}`, options, ["kind", ...Object.keys(own), "warmup"]);
  const { warmup } = options;
  const schedule = {
    kind,
    ...checked(`${where}`, "schedule", own, options),
    ...(warmup !== undefined && { warmup: checkedWarmUp(where, warmup) }),
  } as Schedule;
  if (schedule.kind !== "oneCycle" || hasMomentum) return schedule;
  if (options.kind === "oneCycle" && options.cycleMomentum === true) {
    const expected = "schedule.cycleMomentum only with an optimizer that has momentum";
    throw new InputError(where, expected, "momentum 0");
  }
  return { ...schedule, cycleMomentum: false };
}

function checkedWarmUp(where: string, warmup: WarmUp): Required<WarmUp> {
  const own = { epochs: above0(), startFactor: part(1 / 3) };
  checkOptions(`${where}: schedule.warmup`, warmup, Object.keys(own));
  return checked(where, "schedule.warmup", own, warmup) as unknown as Required<WarmUp>;
}

function checked(
  where: string,
  what: string,
  own: Readonly<Record<string, Rule>>,
  options: object,
): Record<string, unknown> {
  const given = options as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(own).map(([name, { expected, allows, fallback }]) => {
      const value = given[name] ?? fallback;
      if (allows(value)) return [name, value];
      const got = Array.isArray(value) ? `[${value.join(", ")}]` : shown(value);
      throw new InputError(where, `${what}.${name} to be ${expected}`, got);
    }),
  );
}
