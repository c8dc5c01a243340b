import { canonicalJson } from "../canonical-json.js";
import type { UpdateOptions } from "../engine/update-options.js";
import { hasMomentum, keepsState, type UpdateRule, updateRule } from "../engine/update-rule.js";
import { type Augmentation, type AugmentOptions, augmentationOf } from "../graph/augmentation.js";
import {
  type Loss,
  type LossOptions,
  lossOf,
  type PenaltyOptions,
  penaltyOf,
} from "../graph/with-loss.js";
import { type Schedule, type ScheduleOptions, scheduleOf } from "./schedules/rules.js";

/** How a training changes the weights, besides its learning rate and batch size. Plain data. */
export interface RecipeOptions extends UpdateOptions {
  /** How the learning rate changes. Default `{ kind: "constant" }`. */
  readonly schedule?: ScheduleOptions;
  /** Random changes of the training images. Default none; images that are evaluated are never changed. */
  readonly augment?: AugmentOptions;
  /** What is minimised. Default `{ kind: "crossEntropy" }`. */
  readonly loss?: LossOptions;
  /** What is added to it, `{ transform: 0.01 }`: keeps spatial transformers near the identity. Default none. */
  readonly penalty?: PenaltyOptions;
}

/** Names of the recipe's options. */
export const recipeNames = [
  "optimizer",
  "schedule",
  "groups",
  "clip",
  "ema",
  "loss",
  "penalty",
  "augment",
] as const satisfies (keyof RecipeOptions)[];

/** `RecipeOptions`, checked and with defaults filled in. */
export interface Recipe extends UpdateRule {
  readonly schedule: Schedule;
  readonly loss: Loss;
  readonly penalty: PenaltyOptions | undefined;
  readonly augment: Augmentation | undefined;
}

/**
 * Checks a recipe, and fills in defaults.
 *
 * @throws InputError naming the first option that is wrong
 */
export function recipeOf(where: string, options: RecipeOptions): Recipe {
  const rule = updateRule(where, options);
  const { schedule = { kind: "constant" }, loss, penalty, augment } = options;
  return {
    ...rule,
    schedule: scheduleOf(where, schedule, hasMomentum(rule.optimizer)),
    loss: lossOf(where, loss),
    penalty: penaltyOf(where, penalty),
    augment: augmentationOf(where, augment),
  };
}

/**
 * The sections of a recipe that are not the default, complete: what a run records, and what identifies it.
 *
 * @throws InputError naming the first option that is wrong
 */
export function recipeSections(where: string, options: RecipeOptions): RecipeOptions {
  const recipe = recipeOf(where, options);
  const plain = recipeOf(where, {});
  const own = recipeNames.filter(
    (name) => canonicalJson({ of: recipe[name] }) !== canonicalJson({ of: plain[name] }),
  );
  return Object.fromEntries(own.map((name) => [name, recipe[name]]));
}

/** Whether a training keeps more from epoch to epoch than the weights that it evaluates. */
export function isStateful(recipe: Recipe): boolean {
  return keepsState(recipe) || recipe.schedule.kind === "plateau";
}
