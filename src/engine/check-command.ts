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
 * @throws InputError naming the first option that is wrong
 */
export function checkCommand(
  command: Command<string, string>,
  plan: PlanNeeds,
  set: SetFacts,
  batchSize: number,
): void {
  checkOptions("engine.run", command, OPTIONS);
  const { from, to, learningRate, seed = 0, stepBase = 0 } = command;
  const steps = Math.ceil(set.count / batchSize);
  checkWhole("engine.run", "from", from, 0, steps);
  checkWhole("engine.run", "to", to, from, steps);
  checkSeed("engine.run", "seed", seed);
  checkSeed("engine.run", "stepBase", stepBase);
  checkLearningRate(command.plan, plan, learningRate);
  checkFit(command, plan, set);
}

const OPTIONS = [
  "plan",
  "set",
  "from",
  "to",
  "learningRate",
  "seed",
  "stepBase",
] satisfies (keyof Command<string, string>)[];

function checkLearningRate(name: string, { updates }: PlanNeeds, rate: number | undefined): void {
  if (updates && !isPositive32(rate)) {
    const expected = `learningRate to be a number above 0, as plan ${name} has update`;
    throw new InputError("engine.run", expected, shown(rate));
  }
  if (!updates && rate !== undefined) {
    const expected = `no learningRate, as plan ${name} has no update`;
    throw new InputError("engine.run", expected, shown(rate));
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
