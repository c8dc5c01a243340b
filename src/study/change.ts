import { canonicalJson } from "../canonical-json.js";
import { excerpt } from "../excerpt.js";
import type { PlannedRun } from "./expand.js";
import type { Study } from "./manifest.js";
import { prunes, type Search } from "./search/search-schema.js";

/** How a study that is asked for differs from the one that a folder has. */
export interface StudyChange {
  /** `adds`: all runs of the folder are in it, and more. */
  readonly kind: "same" | "adds" | "changes";
  /** The member that differs first, by its path, with both values as short texts. */
  readonly member: string;
  readonly recorded: string;
  readonly asked: string;
}

/** A run, and the hash of its network. */
export type SpecifiedRun = Pick<PlannedRun, "key" | "variant"> & { readonly network: string };

/** A study with its runs. */
export interface SpecifiedStudy {
  readonly study: Study;
  readonly runs: readonly SpecifiedRun[];
}

/** What differs between two studies; data are compared elsewhere, by their digest. */
export function studyChange(recorded: SpecifiedStudy, asked: SpecifiedStudy): StudyChange {
  const runs = new Map(asked.runs.map((run) => [run.key, specText(run)]));
  const known = new Set(recorded.runs.map(({ key }) => key));
  const changed = recorded.runs.find((run) => runs.get(run.key) !== specText(run));
  const isSame =
    changed === undefined &&
    asked.runs.every(({ key }) => known.has(key)) &&
    sameJson(recorded.study.search, asked.study.search);
  const difference = firstDifference(recorded.study, asked.study, "");
  const found = difference ?? networkDifference(changed, asked);
  if (found === undefined || isSame) {
    return { kind: "same", member: "", recorded: "", asked: "" };
  }
  const adds = changed === undefined && searchGrows(recorded.study, asked.study);
  return { kind: adds ? "adds" : "changes", ...found };
}

/**
 * Whether what a search has decided stays decided: more seeds of its finalists change nothing of it. Where nothing is
 * pruned, more configurations and finalists are trained like the others.
 */
function searchGrows(recorded: Study, asked: Study): boolean {
  const [before, after] = [recorded.search, asked.search];
  if (before === undefined && after === undefined) return true;
  if (before === undefined || after === undefined) return false;
  const free = prunes(before) ? ["seeds"] : ["seeds", "finalists", "runs"];
  const fixed = (search: Search) =>
    Object.fromEntries(Object.entries(search).filter(([name]) => !free.includes(name)));
  const fixedStudy = ({ models, grid, seeds }: Study) =>
    prunes(before) ? { models, grid, seeds } : { seeds };
  return sameJson(fixed(before), fixed(after)) && sameJson(fixedStudy(recorded), fixedStudy(asked));
}

function sameJson(a: unknown, b: unknown): boolean {
  return canonicalJson({ value: a }) === canonicalJson({ value: b });
}

function specText({ variant, network }: SpecifiedRun): string {
  const { name: _, model: __, point: ___, ...rest } = variant;
  return canonicalJson({ ...rest, network });
}

interface Difference {
  readonly member: string;
  readonly recorded: string;
  readonly asked: string;
}

/** Where the manifests are equal: a module that builds another network than before. */
function networkDifference(
  changed: SpecifiedRun | undefined,
  asked: SpecifiedStudy,
): Difference | undefined {
  const other = asked.runs.find(({ key }) => key === changed?.key);
  if (changed === undefined || other === undefined) return undefined;
  return {
    member: `network of ${changed.variant.name}`,
    recorded: changed.network.slice(0, 12),
    asked: other.network.slice(0, 12),
  };
}

/** Members that say nothing about runs, or that are compared elsewhere. */
const free = ["name", "baseline", "data"];

function firstDifference(recorded: unknown, asked: unknown, path: string): Difference | undefined {
  if (sameJson(recorded, asked)) return undefined;
  if (isObject(recorded) && isObject(asked)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(asked)]);
    for (const name of names) {
      if (path === "" && free.includes(name)) continue;
      const inner = path === "" ? name : `${path}.${name}`;
      const difference = firstDifference(recorded[name], asked[name], inner);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  return { member: path, recorded: excerpt(recorded), asked: excerpt(asked) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && (Array.isArray(value) ? hasObjects(value) : true)
  );
}

/** Lists of models are compared one by one, lists of seeds and values as a whole. */
function hasObjects(list: readonly unknown[]): boolean {
  return list.some((each) => typeof each === "object");
}
