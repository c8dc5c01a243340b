// An experiment is what the page's address says: data, settings, and one network or two.
import { deflateSync, inflateSync } from "fflate";
import { checkWhole } from "../../../src/arguments.js";
import { isDigitsName } from "../../../src/data/sources/digits.js";
import type { PictureOptions } from "../../../src/data/sources/sets/picture-options.js";
import { InputError } from "../../../src/errors.js";
import type { ModelOptions } from "../../../src/graph/model-options.js";
import { type CommandSpec, trainCommand } from "../../../src/report/train-command.js";
import { mostEpochs } from "../../../src/runs/run-spec.js";
import { shellWord } from "../../../src/shell-word.js";
import { mostBatchSize } from "../../../src/studio-server/api.js";
import { checkTrainingNumbers } from "../../../src/train/check-training-numbers.js";
import { type RecipeOptions, recipeOf, recipeSections } from "../../../src/train/recipe.js";
import {
  parseAugmentation,
  parseGroup,
  parseSection,
  parseWarmUp,
} from "../../../src/train/recipe-text.js";
import type { TrainingSettings } from "../../training/messages.js";

/** A network of the catalogue, or one's own as the text of a `model.json`. */
export type NetworkChoice =
  | { readonly kind: "catalogue"; readonly name: string; readonly options: ModelOptions }
  | { readonly kind: "graph"; readonly model: string };

/** Settings as they are typed: those of `fovea train`, in its words. */
export interface RecipeText {
  readonly optimizer: string;
  readonly schedule: string;
  readonly warmup: string;
  readonly clipNorm: string;
  readonly ema: string;
  readonly loss: string;
  readonly augment: string;
  readonly group: string;
}

export interface Experiment {
  /** `digits`, `digits-2000-500`, `mnist`, or `files`, which the address cannot hold. */
  readonly data: string;
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Images to hold out, a number or a share; 0: none. */
  readonly validation: number;
  /** 0: none. */
  readonly patience: number;
  readonly recipe: RecipeText;
  readonly networks: readonly NetworkChoice[];
}

export const noRecipe: RecipeText = {
  ...{ optimizer: "", schedule: "", warmup: "", clipNorm: "", ema: "", loss: "", augment: "" },
  group: "",
};

export const firstExperiment: Experiment = {
  data: "digits-6000-1000",
  ...{ epochs: 5, seed: 0, batchSize: 64, learningRate: 0.05, validation: 0, patience: 0 },
  recipe: noRecipe,
  networks: [{ kind: "catalogue", name: "stn", options: {} }],
};

const numbers = ["epochs", "seed", "batchSize", "learningRate", "validation", "patience"] as const;
const suffixes = ["", "2"];
/** What errors name. */
const where = "train";
/** Bytes of a network's text: an address is no longer than a browser takes, but what it unpacks to may be. */
const mostBytes = 2 ** 22;

/** The experiment as the settings of an address. */
export function addressSettings(experiment: Experiment): URLSearchParams {
  const settings = new URLSearchParams();
  experiment.networks.forEach((network, slot) => {
    const suffix = suffixes[slot]!;
    if (network.kind === "graph") settings.set(`graph${suffix}`, packed(network.model));
    else {
      settings.set(`model${suffix}`, network.name);
      const set = Object.entries(network.options).map(([name, value]) => `${name}=${value}`);
      if (set.length > 0) settings.set(`set${suffix}`, set.join(","));
    }
  });
  settings.set("data", experiment.data);
  for (const name of numbers) {
    if (experiment[name] !== firstExperiment[name]) settings.set(name, String(experiment[name]));
  }
  for (const [name, text] of Object.entries(experiment.recipe)) if (text) settings.set(name, text);
  return settings;
}

/** What an address says; what it leaves out is as at first. */
export function experimentOf(settings: URLSearchParams): Experiment {
  const number = (name: (typeof numbers)[number]) => {
    const value = Number(settings.get(name) ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : firstExperiment[name];
  };
  const networks = suffixes.flatMap((suffix): NetworkChoice[] => {
    const graph = settings.get(`graph${suffix}`);
    if (graph !== null) return [{ kind: "graph", model: unpacked(graph) }];
    const name = settings.get(`model${suffix}`);
    if (name === null) return [];
    return [{ kind: "catalogue", name, options: optionsOf(settings.get(`set${suffix}`)) }];
  });
  const recipe = Object.fromEntries(
    Object.keys(noRecipe).map((name) => [name, settings.get(name) ?? ""]),
  );
  return {
    data: dataOf(settings.get("data")),
    ...{ epochs: number("epochs"), seed: number("seed"), batchSize: number("batchSize") },
    ...{ learningRate: number("learningRate"), validation: number("validation") },
    patience: number("patience"),
    recipe: { ...noRecipe, ...recipe },
    networks: networks.length > 0 ? networks : firstExperiment.networks,
  };
}

/** A name that is none of data that come with Fovea is one of files, which the page asks for. */
function dataOf(name: string | null): string {
  if (name === null) return firstExperiment.data;
  if (!/^digits-[\d-]+$/.test(name) || isDigitsName(name)) return name;
  throw new InputError("address", "data as digits-2000-500, of training and test images", name);
}

/** Texts, numbers and truth values: which an option takes, its default says. */
function optionsOf(text: string | null): ModelOptions {
  const pairs = (text ?? "").split(",").filter((each) => each.includes("="));
  return Object.fromEntries(
    pairs.map((each) => {
      const [name = "", value = ""] = each.split("=", 2);
      if (value === "true" || value === "false") return [name, value === "true"];
      return [name, value !== "" && Number.isFinite(Number(value)) ? Number(value) : value];
    }),
  );
}

/** A text in the letters that an address may have. */
function packed(text: string): string {
  const bytes = deflateSync(new TextEncoder().encode(text), { level: 9 });
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @throws InputError where it is no text that {@link packed} made */
function unpacked(letters: string): string {
  try {
    const binary = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    // More than fits is an error.
    const content = inflateSync(bytes, { out: new Uint8Array(mostBytes) });
    return new TextDecoder().decode(content);
  } catch {
    throw new InputError("address", "a network's graph", "other letters");
  }
}

/** @throws InputError naming the setting that is wrong */
export function recipeOptions(text: RecipeText): RecipeOptions {
  const { optimizer, schedule, warmup, clipNorm, ema, loss, augment, group } = text;
  const section = (name: string, value: string) => parseSection(where, name, value);
  const warm = warmup && { warmup: parseWarmUp(where, "warm-up", warmup) };
  const groups = group
    .split(";")
    .filter((each) => each.trim() !== "")
    .map((each) => parseGroup(where, "groups", each.trim()));
  const found = {
    ...(optimizer && { optimizer: section("optimizer", optimizer) }),
    ...((schedule || warm) && {
      schedule: { ...section("schedule", schedule || "constant"), ...warm },
    }),
    ...(clipNorm && { clip: { norm: Number(clipNorm) } }),
    ...(ema && { ema: { decay: Number(ema) } }),
    ...(loss && { loss: section("loss", loss) }),
    ...(augment && { augment: parseAugmentation(where, "augmentation", augment) }),
    ...(groups.length > 0 && { groups }),
  } as RecipeOptions;
  recipeOf(where, found);
  return found;
}

/** @throws InputError naming the setting that is wrong */
export function trainingSettings(experiment: Experiment): TrainingSettings {
  const { epochs, seed, batchSize, learningRate, validation, patience, recipe } = experiment;
  checkTrainingNumbers(where, {
    ...{ epochs, seed, learningRate },
    ...(patience > 0 && { patience }),
  });
  checkWhole(where, "epochs", epochs, 1, mostEpochs);
  checkWhole(where, "batchSize", batchSize, 1, mostBatchSize);
  return {
    ...{ epochs, seed, batchSize, learningRate, recipe: recipeOptions(recipe) },
    ...(validation > 0 && { validation }),
    ...(patience > 0 && { patience }),
  };
}

/** What the command line calls the data. */
export function dataWords(data: string, options: PictureOptions = {}): string {
  const { size, fit, grey, skipUnreadable } = options;
  const words = [
    shellWord(data),
    ...(size ? [`--size ${size[0] === size[1] ? size[0] : size.join("x")}`] : []),
    ...(fit ? [`--fit ${fit}`] : []),
    ...(grey ? ["--grey"] : []),
    ...(skipUnreadable ? ["--skip-unreadable"] : []),
  ];
  return words.join(" ");
}

/** What the command line calls a network: of one's own it takes the file of its graph. */
export function modelWords(network: NetworkChoice, name: string): string {
  if (network.kind === "graph") return shellWord(`./${name}.model.json`);
  const set = Object.entries(network.options).map(([option, value]) => `${option}=${value}`);
  return set.length === 0 ? network.name : `${network.name} --set ${shellWord(set.join(","))}`;
}

/** The command that trains a network with the same bits. */
export function commandOf(
  settings: TrainingSettings,
  trainCount: number,
  model: string,
  data: string,
): string {
  const { epochs, seed, batchSize, learningRate, validation, patience, recipe } = settings;
  const isShare = validation !== undefined && validation < 1;
  const images = isShare ? Math.round(validation * trainCount) : validation;
  const spec: CommandSpec = {
    recipe: {
      ...{ epochs, batchSize, learningRate },
      ...(patience !== undefined && { patience }),
      ...recipeSections("train", recipe),
    },
    seed,
    split: images === undefined ? { validation: "test" } : { validation: "heldOut", images },
  };
  return trainCommand(spec, model, data);
}
