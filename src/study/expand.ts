import { canonicalJson } from "../canonical-json.js";
import { InputError } from "../errors.js";
import type { ModelOptions, OptionValue } from "../graph/model-options.js";
import { sha256 } from "../sha256.js";
import { trainingDefaults } from "../train/defaults.js";
import type { RecipeOptions } from "../train/recipe.js";
import { checkRecipe, type GridValue, type Study, type StudyRecipe } from "./manifest.js";
import { drawPoints, type Point } from "./search/space.js";

/** The recipe of a run: complete, with its sections as runs record them. */
export interface RunRecipe extends RecipeOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly validation?: number;
  readonly patience?: number;
}

/** What is trained once per seed, and compared with others: a model with a recipe. A search calls it a configuration. */
export interface Variant {
  /** The model's name, and the values of the grid or the search. */
  readonly name: string;
  /** The name of the model in the study. */
  readonly model: string;
  /** These values as texts, `""` where there are none. */
  readonly point: string;
  readonly set: ModelOptions;
  readonly recipe: RunRecipe;
}

/** A run of a study: the model, the recipe and the seed. */
export interface PlannedRun {
  /** Names the run's folder. */
  readonly key: string;
  readonly variant: Variant;
  readonly seed: number;
}

/** Characters of a key. File systems allow 255 bytes, and temporary files beside it have longer names. */
const longestKey = 120;

/**
 * The variants of a study: models in their order, and for each the combinations of the grid's values, the last of its
 * lists changing fastest, or the points that its search draws.
 *
 * @param where the manifest's file, for messages
 * @throws InputError where a combination makes a recipe that is wrong
 */
export function variantsOf(study: Study, where = "study"): Variant[] {
  const points = pointsOf(study, where);
  const labels = pathLabels((points[0] ?? []).map(([path]) => path));
  const { search } = study;
  const length = search?.kind === "halving" && { epochs: search.epochs };
  const variants = study.models.flatMap(({ name: model, set, recipe }) =>
    points.map((point) => {
      const chosen = point.filter(([path]) => path.startsWith("set."));
      const changed = point.filter(([path]) => path.startsWith("recipe."));
      const texts = point.map(([path, value]) => `${labels.get(path)}=${valueText(value)}`);
      const name = shortened([model, ...texts].join("_"));
      const options = chosen.map(([path, value]) => [path.slice(4), value as OptionValue]);
      const own: StudyRecipe = { ...study.recipe, ...recipe, ...length };
      const whole = changed.reduce(
        (result, [path, value]) => withValue(result, path.split(".").slice(1), value),
        own,
      );
      return {
        name,
        model,
        point: texts.join("_"),
        set: { ...set, ...Object.fromEntries(options) },
        recipe: completeRecipe(`${where}: ${name}`, whole),
      };
    }),
  );
  checkOneSelection(where, variants);
  if (search !== undefined) checkHeldOut(where, variants);
  return variants;
}

/** Accuracies after a choice on images held out, and after the last epoch, are not compared. */
function checkOneSelection(where: string, variants: readonly Variant[]): void {
  const holdsOut = ({ recipe }: Variant) => recipe.validation !== undefined;
  const without = variants.find((variant) => !holdsOut(variant));
  if (without === undefined || !variants.some(holdsOut)) return;
  const expected = "recipe.validation for all models, or for none";
  throw new InputError(where, expected, `none for ${without.name}`);
}

/** A search must not choose by the test images, which its finalists are then judged by. */
function checkHeldOut(where: string, variants: readonly Variant[]): void {
  const without = variants.find(({ recipe }) => recipe.validation === undefined);
  if (without === undefined) return;
  const expected = "recipe.validation, the training images that a search is judged by";
  throw new InputError(where, expected, `none for ${without.name}`);
}

/**
 * The runs of a study, in the order in which they begin: seed by seed, so that models can be compared early. Those of a
 * search's finalists are not among them, as they are known only when it is decided.
 *
 * @example
 * const recipe = { epochs: 1 };
 * const study = parseManifest({ format: 1, models: ["cnn", "stn"], seeds: 3, data: "digits", recipe }, "sweep");
 * for (const { variant, seed } of expandStudy(study)) console.log(variant.name, seed); // six runs
 */
export function expandStudy(study: Study, where = "study"): PlannedRun[] {
  const variants = variantsOf(study, where);
  return study.seeds.flatMap((seed) =>
    variants.map((variant) => ({ key: runKey(variant, seed), variant, seed })),
  );
}

export function runKey({ name }: Variant, seed: number): string {
  return `${name}_seed${seed}`;
}

function completeRecipe(where: string, recipe: StudyRecipe): RunRecipe {
  const { epochs, batchSize, learningRate, validation, patience } = recipe;
  return {
    epochs: epochs ?? trainingDefaults.epochs,
    batchSize: batchSize ?? trainingDefaults.batchSize,
    learningRate: learningRate ?? trainingDefaults.learningRate,
    ...(validation !== undefined && { validation }),
    ...(patience !== undefined && { patience }),
    ...checkRecipe(where, recipe),
  };
}

function pointsOf({ grid, search }: Study, where: string): readonly Point[] {
  if (search === undefined || !("space" in search) || search.space === undefined) {
    return combinations(grid);
  }
  return drawPoints(search.space, { runs: search.runs!, seed: search.seed ?? 0 }, where);
}

function combinations(grid: Study["grid"]): Point[] {
  return Object.entries(grid).reduce<Point[]>(
    (points, [path, values]) =>
      points.flatMap((point) => values.map((value) => [...point, [path, value] as const])),
    [[]],
  );
}

/** Paths without their first part, where that still tells them apart. */
function pathLabels(paths: readonly string[]): Map<string, string> {
  const short = (path: string) => path.slice(path.indexOf(".") + 1);
  const isOwn = (path: string) => paths.filter((each) => short(each) === short(path)).length === 1;
  return new Map(paths.map((path) => [path, isOwn(path) ? short(path) : path]));
}

/** A value in letters that all file systems allow. */
function valueText(value: GridValue): string {
  if (typeof value === "object" && value !== null) {
    const kind = "kind" in value ? `${value.kind}-` : "";
    return `${kind.replace(/[^\w.-]/g, "-")}${digestOf(canonicalJson(value))}`;
  }
  const text = String(value);
  const plain = text.replace(/[^\w.+-]/g, "-");
  return plain === text ? text : `${plain}-${digestOf(text)}`;
}

function shortened(name: string): string {
  if (name.length <= longestKey) return name;
  return `${name.slice(0, longestKey - 9)}-${digestOf(name)}`;
}

function digestOf(text: string): string {
  return sha256(new TextEncoder().encode(text)).slice(0, 8);
}

/** An object with another value at a path. */
function withValue<Value extends object>(
  object: Value,
  [name = "", ...rest]: readonly string[],
  value: GridValue,
): Value {
  if (rest.length === 0) return { ...object, [name]: value };
  const inner = Object(object[name as keyof Value]) as object;
  return { ...object, [name]: withValue(inner, rest, value) };
}
