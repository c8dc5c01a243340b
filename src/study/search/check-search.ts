import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { trainingDefaults } from "../../train/defaults.js";
import { type Distribution, prunes, type Search } from "./search-schema.js";
import type { Space } from "./space.js";

interface Lengths {
  readonly epochs?: number;
  readonly patience?: number;
}

/** The part of a study that a search must fit. */
export interface SearchedStudy {
  readonly search?: Search;
  readonly recipe: Lengths;
  readonly models: readonly { readonly recipe: Lengths }[];
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
}

/** As in `manifest.ts`: throws where a value is none of its path. */
type CheckValue = (
  where: string,
  place: readonly PropertyKey[],
  path: string,
  value: unknown,
) => void;

/**
 * Checks what the schema of a search cannot: how its members and those of the study fit together.
 *
 * @throws InputError naming the first member that is wrong by its path
 */
export function checkSearch(where: string, study: SearchedStudy, checkValue: CheckValue): void {
  const { search } = study;
  if (search === undefined) return;
  checkTogether(where, search);
  if ("space" in search && search.space !== undefined) {
    checkSpace(where, search.space, checkValue);
    const [path] = Object.keys(study.grid);
    if (path !== undefined) {
      throw new InputError(where, "either grid or search.space", `both, with grid.${path}`);
    }
  }
  if (search.kind === "halving" && search.firstEpochs >= search.epochs) {
    const expected = `search.firstEpochs to be below its epochs, ${search.epochs}`;
    throw new InputError(where, expected, `${search.firstEpochs}`);
  }
  if (search.kind === "median") {
    const epochs = study.recipe.epochs ?? trainingDefaults.epochs;
    if (search.warmUp >= epochs) {
      const expected = `search.warmUp to be below recipe.epochs, ${epochs}`;
      throw new InputError(where, expected, `${search.warmUp}`);
    }
  }
  if (prunes(search)) checkSameLength(where, study, search);
  checkNoPatience(where, study, search);
}

function checkTogether(where: string, search: Search): void {
  const pairs = [["finalists", "seeds"]];
  if (search.kind !== "random") pairs.push(["runs", "space"], ["space", "runs"]);
  pairs.push(["seeds", "finalists"]);
  const given = search as Readonly<Record<string, unknown>>;
  for (const [one, other] of pairs) {
    if (given[one!] === undefined || given[other!] !== undefined) continue;
    throw new InputError(where, `search.${other} beside search.${one}`, "none");
  }
  if (given.seed === undefined || given.space !== undefined) return;
  throw new InputError(where, "search.seed only with search.space", "it alone");
}

function checkSpace(where: string, space: Space, checkValue: CheckValue): void {
  for (const [path, distribution] of Object.entries(space)) {
    for (const [name, values] of Object.entries(distribution)) {
      const place = ["search", "space", path, name];
      for (const [at, value] of (values as readonly unknown[]).entries()) {
        checkValue(where, [...place, at], path, value);
      }
    }
    const between = valueBetween(distribution);
    if (between !== undefined) checkValue(where, ["search", "space", path], path, between);
  }
}

/** A number that a spread of numbers has between its ends: of an option that takes whole numbers it is none. */
function valueBetween({ log, uniform }: Distribution): number | undefined {
  const ends = log ?? uniform;
  if (ends === undefined) return undefined;
  return Number((ends[0] + (ends[1] - ends[0]) * 0.6180339887).toPrecision(4));
}

/** Configurations are compared after the same epochs of schedules of one length. */
function checkSameLength(
  where: string,
  { recipe, models, grid }: SearchedStudy,
  search: Search,
): void {
  const space = "space" in search ? (search.space ?? {}) : {};
  const places: [string, unknown][] = [
    ...models.map(({ recipe: own }, at): [string, unknown] => [
      `models.${at}.recipe.epochs`,
      own.epochs,
    ]),
    ["grid.recipe.epochs", grid["recipe.epochs"]],
    ["search.space.recipe.epochs", space["recipe.epochs"]],
  ];
  if (search.kind === "halving") places.unshift(["recipe.epochs", recipe.epochs]);
  const found = places.find(([, value]) => value !== undefined);
  if (found === undefined) return;
  const [path, value] = found;
  const source = search.kind === "halving" ? "search.epochs" : "recipe.epochs of the study";
  throw new InputError(where, `no ${path}: all configurations have ${source}`, excerpt(value));
}

/** A run that ends early has no accuracy at the rungs after its end. */
function checkNoPatience(
  where: string,
  { recipe, models, grid }: SearchedStudy,
  search: Search,
): void {
  if (!prunes(search)) return;
  const space = "space" in search ? (search.space ?? {}) : {};
  const isGiven =
    recipe.patience !== undefined ||
    models.some(({ recipe: own }) => own.patience !== undefined) ||
    "recipe.patience" in grid ||
    "recipe.patience" in space;
  if (!isGiven) return;
  const expected = `no recipe.patience in a search by ${search.kind}, which stops runs itself`;
  throw new InputError(where, expected, "one");
}
