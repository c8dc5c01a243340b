import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { isRun, isUnused, readRun } from "../../src/runs/run-folder.node.js";
import { checkWeights } from "../../src/runs/run-weights.node.js";
import {
  failAt,
  Killed,
  killAt,
  restoreOperations,
  shortWrites,
  withoutFlushing,
} from "../files/faults.js";
import { contentOf, killOwner, recordTiny, stateful, stopAfter } from "./tiny-run.js";

const recipes = { "weights alone": {}, "a state too": stateful } as const;

type Recipe = keyof typeof recipes;

let folder: string;
const wholes = new Map<Recipe, readonly (string | undefined)[]>();
let directory: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-kills-"));
  for (const [name, recipe] of Object.entries(recipes) as [Recipe, object][]) {
    await recordTiny(join(folder, name, "whole"), recipe);
    wholes.set(name, contentOf(join(folder, name, "whole")));
    await recordTiny(join(folder, name, "half"), { ...recipe, ...stopAfter(2) });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  directory = join(folder, "run");
  withoutFlushing();
});
afterEach(() => {
  restoreOperations();
  rmSync(directory, { recursive: true, force: true });
});

/** Starts or resumes the run and lets it end. */
async function complete(recipe: Recipe): Promise<void> {
  restoreOperations();
  withoutFlushing();
  killOwner(directory);
  if (!isRun(directory) && existsSync(directory)) expect(isUnused(directory)).toBe(true);
  await recordTiny(directory, { ...recipes[recipe], resume: isRun(directory) });
  expect(contentOf(directory)).toEqual(wholes.get(recipe));
  const run = readRun(directory);
  expect(run.record.state).toBe("done");
  expect(run.leftOut).toBeUndefined();
  checkWeights(run);
}

/** Where a run stands when the fault comes, and how many operations it has left at least. */
const starts = (Object.keys(recipes) as Recipe[]).flatMap((recipe) => [
  {
    name: `a new run with ${recipe}`,
    ...{ recipe, least: 80 },
    begin: () => recordTiny(directory, { ...recipes[recipe], epochs: 2 }),
  },
  {
    name: `a resumed run with ${recipe}`,
    ...{ recipe, least: 60 },
    begin: () => {
      cpSync(join(folder, recipe, "half"), directory, { recursive: true });
      return recordTiny(directory, { ...recipes[recipe], resume: true });
    },
  },
]);

/** What a run ended with: its error, undefined where it came to its end. */
const outcome = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Lets a fault come at each operation in turn, or at each third one, and completes the run after each. */
async function everywhere(
  recipe: Recipe,
  begin: () => Promise<unknown>,
  fault: (at: number) => () => number,
  expected: typeof Killed | typeof InputError,
  { first = 0, step = 1 } = {},
): Promise<number> {
  for (let at = first; ; at += step) {
    const operations = fault(at);
    const error = await outcome(begin());
    if (operations() <= at) return at;
    // An error of the clean-up at the end loses nothing, and is not told.
    if (error !== undefined) expect(error).toBeInstanceOf(expected);
    await complete(recipe);
    rmSync(directory, { recursive: true });
  }
}

describe.each(starts.map((start, index) => ({ ...start, first: index % 3 })))("$name", (start) => {
  const { recipe, least, begin, first } = start;

  test("that is killed at any operation becomes the run that never was", async () => {
    expect(await everywhere(recipe, begin, killAt, Killed)).toBeGreaterThan(least);
  });

  test("that the operating system refuses something says so and can be resumed", async () => {
    const codes = ["ENOSPC", "EIO", "EROFS"];
    const fault = (at: number) => failAt(at, codes[Math.floor(at / 3) % codes.length]!);
    const places = { first, step: 3 };
    expect(await everywhere(recipe, begin, fault, InputError, places)).toBeGreaterThan(least);
  });
});

test("writes that take few bytes at once end whole", async () => {
  shortWrites(7);
  await recordTiny(directory);
  expect(contentOf(directory)).toEqual(wholes.get("weights alone"));
});
