import type { z } from "zod";
import { canonicalJson } from "../canonical-json.js";
import type { PictureOptions } from "../data/sources/sets/picture-options.js";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { isModelName } from "../graph/model.js";
import type { ModelOptions } from "../graph/model-options.js";
import { modelNames } from "../models/names.js";
import { sha256 } from "../sha256.js";
import { type RecipeOptions, recipeNames, recipeSections } from "../train/recipe.js";
import { schemaProblem } from "./manifest-problem.js";
import { manifestSchema, recipeShape } from "./manifest-schema.js";
import { checkSearch } from "./search/check-search.js";
import type { Search } from "./search/search-schema.js";

/** What somebody wrote: short forms, and defaults left out. */
export type StudyManifest = z.input<typeof manifestSchema>;

/** A recipe in which what is left out has the defaults of a training. */
export interface StudyRecipe extends RecipeOptions {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly validation?: number;
  readonly patience?: number;
}

/** A model of a study: what it is, and what of its recipe differs. */
export interface StudyModel {
  /** What the study calls it. */
  readonly name: string;
  /** A name of the catalogue, or the path of a module. */
  readonly model: string;
  readonly set: ModelOptions;
  /** Members in which it differs from the study's recipe. */
  readonly recipe: StudyRecipe;
}

/** A value that a member of the recipe takes in a grid. */
export type GridValue = unknown;

/** A manifest in its one full form, which is a manifest too. */
export interface Study {
  readonly format: 1;
  readonly name?: string;
  readonly models: readonly StudyModel[];
  readonly seeds: readonly number[];
  readonly data: string;
  /** How pictures of a folder are read. */
  readonly pictures?: PictureOptions;
  readonly recipe: StudyRecipe;
  /** Lists of values by `recipe.MEMBER` and `set.OPTION`. */
  readonly grid: Readonly<Record<string, readonly GridValue[]>>;
  /** How its configurations are searched. Default: all are trained to their ends, and compared. */
  readonly search?: Search;
  readonly baseline?: string;
}

/** File endings of modules. */
const moduleEnding = /\.(ts|mts|mjs|js)$/;

/**
 * The study that a manifest describes, in full form.
 *
 * @param where the file, for messages
 * @throws InputError naming the first member that is wrong by its path, with what is allowed
 * @example
 * const recipe = { epochs: 1 };
 * const study = parseManifest({ format: 1, models: ["cnn", "stn"], seeds: 3, data: "digits", recipe }, "sweep");
 * console.log(study.seeds); // [0, 1, 2]
 */
export function parseManifest(json: unknown, where: string): Study {
  const result = manifestSchema.safeParse(json);
  if (!result.success) throw schemaProblem(where, json, result.error);
  const { $schema: _, models, seeds, recipe = {}, grid = {}, ...rest } = result.data;
  const study: Study = {
    ...rest,
    models: models.map((entry, at) => fullEntry(where, entry, at)),
    seeds: typeof seeds === "number" ? Array.from({ length: seeds }, (_, seed) => seed) : seeds,
    recipe: recipe as StudyRecipe,
    grid,
  };
  checkNames(where, study);
  checkSeeds(where, study);
  checkGrid(where, study);
  checkSearch(where, study, checkValue);
  checkRecipe(`${where}: recipe`, study.recipe);
  return study;
}

/** SHA-256 of a study: the same for all ways to write its manifest. */
export function studyDigest(study: Study): string {
  return sha256(new TextEncoder().encode(canonicalJson(study)));
}

function fullEntry(
  where: string,
  entry: z.output<typeof manifestSchema>["models"][number],
  at: number,
): StudyModel {
  const {
    model,
    name,
    set = {},
    recipe = {},
  } = typeof entry === "string" ? { model: entry } : entry;
  const isCatalogue = modelNames.some((each) => each === model);
  if (!isCatalogue && !moduleEnding.test(model)) {
    const expected = `models.${at} to be ${modelNames.join(", ")}, or a module (.ts, .mts, .mjs, .js)`;
    throw new InputError(where, expected, excerpt(model));
  }
  const chosen = name ?? model.replace(/^.*[\\/]/, "").replace(moduleEnding, "");
  if (!isModelName(chosen)) {
    const expected = `models.${at}.name to be letters, digits, dots, dashes and underscores`;
    throw new InputError(where, expected, excerpt(chosen));
  }
  return { name: chosen, model, set, recipe: recipe as StudyRecipe };
}

/** Names make folders, and some file systems take `A` for `a`. */
function checkNames(where: string, { models, baseline }: Study): void {
  const names = models.map(({ name }) => name.toLowerCase());
  const at = names.findIndex((name, index) => names.indexOf(name) < index);
  if (at >= 0) {
    const expected = `models.${at}.name to be another name than those before`;
    throw new InputError(where, expected, excerpt(models[at]!.name));
  }
  if (baseline === undefined || models.some(({ name }) => name === baseline)) return;
  const expected = `baseline to be one of ${models.map(({ name }) => name).join(", ")}`;
  throw new InputError(where, expected, excerpt(baseline));
}

function checkSeeds(where: string, { seeds }: Study): void {
  const seen = new Set<number>();
  const twice = seeds.find((seed) => seen.size === seen.add(seed).size);
  if (twice !== undefined) throw new InputError(where, "seeds to be different", `${twice} twice`);
}

function checkGrid(where: string, { grid }: Study): void {
  for (const [path, values] of Object.entries(grid)) {
    for (const [at, value] of values.entries()) checkValue(where, ["grid", path, at], path, value);
    const texts = values.map((value) => canonicalJson(value));
    const twice = texts.find((text, at) => texts.indexOf(text) < at);
    if (twice !== undefined) {
      throw new InputError(
        where,
        `grid.${path} to be different values`,
        `${excerpt(JSON.parse(twice))} twice`,
      );
    }
  }
}

/**
 * Checks a value that configurations have at a path: recipe.MEMBER or set.OPTION.
 *
 * @param place the path of the value in the manifest
 */
function checkValue(
  where: string,
  place: readonly PropertyKey[],
  path: string,
  value: unknown,
): void {
  const recipeMembers = Object.keys(recipeShape);
  const [part, member = "", ...rest] = path.split(".");
  const isKnown =
    part === "recipe" ? recipeMembers.includes(member) : part === "set" && rest.length === 0;
  if (!isKnown || member === "") {
    const expected = `recipe.MEMBER (${recipeMembers.join(", ")}) or set.OPTION`;
    const parent = place.slice(0, place.indexOf(path)).join(".");
    throw new InputError(`${where}: ${parent}`, expected, excerpt(path));
  }
  if (part !== "recipe" || rest.length > 0) return;
  const shape = recipeShape[member as keyof typeof recipeShape];
  const result = shape.safeParse(value);
  if (!result.success) throw schemaProblem(where, value, result.error, place);
}

/**
 * Checks a recipe, of the study or of one of its runs.
 *
 * @returns its sections as a run records them
 * @throws InputError naming the first member that is wrong
 */
export function checkRecipe(where: string, recipe: StudyRecipe): RecipeOptions {
  const given = recipeNames.filter((name) => recipe[name] !== undefined);
  return recipeSections(where, Object.fromEntries(given.map((name) => [name, recipe[name]])));
}
