import type { Command } from "commander";
import { parseAugmentation, parseGroup, parseSection, parseWarmUp } from "../train/recipe-text.js";
import { finiteNumber } from "./option-values.js";

/** The options of a recipe that were given. */
export interface RecipeArguments {
  readonly optimizer?: Readonly<Record<string, unknown>>;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  readonly betas?: readonly number[];
  readonly schedule?: Readonly<Record<string, unknown>>;
  readonly warmup?: Readonly<Record<string, unknown>>;
  readonly group?: readonly Readonly<Record<string, unknown>>[];
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly ema?: number;
  readonly loss?: Readonly<Record<string, unknown>>;
  readonly labelSmoothing?: number;
  readonly transformPenalty?: number;
  readonly augment?: Readonly<Record<string, unknown>>;
}

/** Adds the options of a recipe to a command. */
export function addRecipeOptions(command: Command, where: string): Command {
  const number = (option: string) => finiteNumber(where, option);
  return command
    .option(
      "--optimizer <kind>",
      "sgd, adam, adamw or rmsprop, with PyTorch's defaults; others after commas: 'rmsprop, alpha=0.9, centered' (default: sgd)",
      (text) => parseSection(where, "--optimizer", text),
    )
    .option("--momentum <x>", "momentum of sgd or rmsprop (default: 0)", number("--momentum"))
    .option("--nesterov", "Nesterov's momentum, of sgd")
    .option("--weight-decay <x>", "weight decay of the optimizer", number("--weight-decay"))
    .option("--betas <list>", "of adam and adamw (default: 0.9,0.999)", (text) =>
      text.split(",").map(number("--betas")),
    )
    .option(
      "--schedule <kind>",
      "how the learning rate changes: constant, step, multi-step, cosine, one-cycle or plateau, with PyTorch's names of options: 'step, stepSize=5, gamma=0.3' (default: constant)",
      (text) => parseSection(where, "--schedule", text),
    )
    .option("--warmup <epochs>", "a rise in a straight line before the schedule", (text) =>
      parseWarmUp(where, "--warmup", text),
    )
    .option(
      "--group <pattern>",
      "parameters that are trained otherwise: 'loc.*: rate=0.1, weightDecay=0' or 'loc.*: frozen'; may be repeated",
      (text, before: Readonly<Record<string, unknown>>[] = []) => [
        ...before,
        parseGroup(where, "--group", text),
      ],
    )
    .option("--clip-norm <x>", "largest norm of all gradients", number("--clip-norm"))
    .option("--clip-value <x>", "largest size of each gradient", number("--clip-value"))
    .option(
      "--ema <decay>",
      "moving average of the weights, which is validated and kept: 0.999",
      number("--ema"),
    )
    .option(
      "--loss <kind>",
      "cross-entropy or mse: 'cross-entropy, classWeights=1/2/1' (default: cross-entropy)",
      (text) => parseSection(where, "--loss", text),
    )
    .option(
      "--label-smoothing <x>",
      "part of the target that all classes share, 0..1 (default: 0)",
      number("--label-smoothing"),
    )
    .option(
      "--transform-penalty <x>",
      "keeps spatial transformers near the identity: adds x times the squared distance of their numbers from it to the loss",
      number("--transform-penalty"),
    )
    .option(
      "--augment <list>",
      "random changes of the training images: 'rotate=12, scale=0.9..1.1, shift=2'; also shear, projective, elastic=ALPHA/SIGMA, invert, noise, erase, cutout",
      (text) => parseAugmentation(where, "--augment", text),
    );
}
