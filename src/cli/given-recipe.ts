import { InputError } from "../errors.js";
import { type RecipeOptions, recipeNames, recipeSections } from "../train/recipe.js";
import type { RecipeArguments } from "./recipe-options.js";

// Apart from recipe-options.ts, so that help does not load the ops.

/**
 * The sections of a recipe that were asked for.
 *
 * @param recorded of a run that is resumed: stand where nothing was asked for
 * @throws InputError where options do not go together, or a value is wrong
 */
export function recipeFrom(
  where: string,
  args: RecipeArguments,
  recorded: RecipeOptions = {},
): RecipeOptions {
  const { momentum, nesterov, weightDecay, betas, warmup, group, ema, labelSmoothing } = args;
  const { clipNorm, clipValue, transformPenalty } = args;
  if (clipNorm !== undefined && clipValue !== undefined) {
    throw new InputError(where, "either --clip-norm or --clip-value", "both");
  }
  const asked = {
    optimizer: section("sgd", args.optimizer, { momentum, nesterov, weightDecay, betas }),
    schedule: section("constant", args.schedule, { warmup }),
    groups: group,
    clip: section(undefined, undefined, { norm: clipNorm, value: clipValue }),
    ema: ema === undefined ? undefined : { decay: ema },
    loss: section("crossEntropy", args.loss, { labelSmoothing }),
    penalty: transformPenalty === undefined ? undefined : { transform: transformPenalty },
    augment: args.augment,
  };
  const given = recipeNames.filter((name) => asked[name] !== undefined);
  // Checked here, so that errors name the command; what is wrong in JavaScript's types is wrong here too.
  const sections = Object.fromEntries(given.map((name) => [name, asked[name]])) as RecipeOptions;
  return recipeSections(where, { ...recorded, ...sections });
}

/** A section with further options; undefined where neither is given. */
function section(
  kind: string | undefined,
  own: Readonly<Record<string, unknown>> | undefined,
  further: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const given = Object.entries(further).filter(([, value]) => value !== undefined);
  if (own === undefined && given.length === 0) return undefined;
  return { ...(kind !== undefined && { kind }), ...own, ...Object.fromEntries(given) };
}
