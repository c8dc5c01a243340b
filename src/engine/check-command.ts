import { checkOptions, checkSeed, checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { isPositive32 } from "./check-engine-options.js";
import type { Command } from "./options.js";
import type { PlanNeeds } from "./plan-needs.js";

/** What must be known of a set to check a command. */
export interface SetFacts {
  readonly count: number;
  readonly imageBytes: number;
  readonly largestLabel: number;
}

/**
 * Checks that a command's plan can run on its set. The set's order is checked elsewhere.
 *
 * @param cyclesMomentum whether the plan's optimizer has momentum
 * @throws InputError naming the first option that is wrong
 */
export function checkCommand(
  command: Command<string, string>,
  plan: PlanNeeds,
  set: SetFacts,
  batchSize: number,
  cyclesMomentum: boolean,
): void {
  checkOptions("engine.run", command, OPTIONS);
  const { from, to, seed = 0, stepBase = 0 } = command;
  const steps = Math.ceil(set.count / batchSize);
  checkWhole("engine.run", "from", from, 0, steps);
  checkWhole("engine.run", "to", to, from, steps);
  checkSeed("engine.run", "seed", seed);
  checkSeed("engine.run", "stepBase", stepBase);
  checkLearningRate(command, plan);
  checkMomentum(command, cyclesMomentum);
  checkFit(command, plan, set);
}

const OPTIONS = [
  "plan",
  "set",
  "from",
  "to",
  "learningRate",
  "momentum",
  "seed",
  "stepBase",
] satisfies (keyof Command<string, string>)[];

function checkLearningRate(command: Command<string, string>, { updates }: PlanNeeds): void {
  const { plan: name, learningRate: rate } = command;
  if (!updates && rate !== undefined) {
    const expected = `no learningRate, as plan ${name} has no update`;
    throw new InputError("engine.run", expected, shown(rate));
  }
  if (!updates) return;
  if (typeof rate === "object" && rate !== null) {
    checkPerStep(command, "learningRate", rate, (x) => Number.isFinite(Math.fround(x)) && x >= 0);
  } else if (!isPositive32(rate)) {
    const expected = `learningRate to be a number above 0, as plan ${name} has update`;
    throw new InputError("engine.run", expected, shown(rate));
  }
}

function checkMomentum(command: Command<string, string>, cyclesMomentum: boolean): void {
  const { plan, momentum } = command;
  if (momentum === undefined) return;
  if (!cyclesMomentum) {
    const expected = `no momentum, as plan ${plan} has no optimizer with momentum`;
    throw new InputError("engine.run", expected, shown(momentum));
  }
  checkPerStep(command, "momentum", Object(momentum), (x) => x >= 0 && x < 1);
}

function checkPerStep(
  { from, to }: Command<string, string>,
  name: "learningRate" | "momentum",
  values: ArrayLike<number>,
  allows: (value: number) => boolean,
): void {
  if (values.length !== to - from) {
    throw new InputError("engine.run", `${name} to have ${to - from} values`, shown(values));
  }
  const range = name === "momentum" ? "of 0 or more and below 1" : "of 0 or more";
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (typeof value === "number" && allows(value)) continue;
    throw new InputError("engine.run", `${name} to be numbers ${range}`, shown(value));
  }
}

/** Checks images and labels: an engine's plans may take different images, so not every set fits every plan. */
function checkFit(
  { plan: planName, set: setName }: Command<string, string>,
  { imageBytes, classes }: PlanNeeds,
  set: SetFacts,
): void {
  if (imageBytes !== undefined && imageBytes !== set.imageBytes) {
    const expected = `a set with images of ${imageBytes} bytes, as plan ${planName} takes them`;
    throw new InputError("engine.run", expected, `${set.imageBytes} in ${setName}`);
  }
  if (classes !== undefined && set.largestLabel >= classes) {
    const expected = `labels in 0..${classes - 1}, as plan ${planName} takes them`;
    throw new InputError("engine.run", expected, `${set.largestLabel} in ${setName}`);
  }
}
