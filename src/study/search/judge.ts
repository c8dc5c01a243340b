import type { PlannedRun, Variant } from "../expand.js";
import { halve, halvingRungs, type Rung } from "./halving.js";
import { pruneByMedian } from "./median.js";
import { type Configuration, type KnownRun, ranked, Scores } from "./scores.js";
import type { Search } from "./search-schema.js";
import type { Standing } from "./standing.js";

/** A search as it is planned. */
export interface SearchPlan {
  readonly search: Search;
  /** In the order of the study. */
  readonly configurations: readonly Configuration[];
  /** Of a configuration that is never stopped. */
  readonly epochsOf: ReadonlyMap<string, number>;
  /** Of a search by halving. */
  readonly rungs: readonly Rung[];
}

/** What is known of a search: a pure function of its plan and of what its runs reached, in whatever order they did. */
export interface SearchState {
  /** By configuration. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** Names of the configurations that were trained to their ends, from the best on; undefined before all are. */
  readonly ranking: readonly string[] | undefined;
}

/**
 * @param runs those of the study's seeds
 */
export function searchPlan(search: Search, runs: readonly PlannedRun[]): SearchPlan {
  const variants = new Map<string, { variant: Variant; keys: string[] }>();
  for (const { key, variant } of runs) {
    const found = variants.get(variant.name);
    if (found === undefined) variants.set(variant.name, { variant, keys: [key] });
    else found.keys.push(key);
  }
  const configurations = [...variants].map(([name, { keys }]) => ({ name, keys }));
  const epochsOf = new Map(
    [...variants].map(([name, { variant }]) => [name, variant.recipe.epochs]),
  );
  const rungs = search.kind === "halving" ? halvingRungs(search, configurations.length) : [];
  return { search, configurations, epochsOf, rungs };
}

/** Judges a search by what its runs reached so far. */
export function judge(plan: SearchPlan, known: ReadonlyMap<string, KnownRun>): SearchState {
  const { configurations, epochsOf } = plan;
  const scores = new Scores(known);
  const standings = standingsOf(plan, scores);
  const left = configurations.filter(({ name }) => standings.get(name)!.kind !== "prune");
  const reached = left.map((each) => scores.at(each, epochsOf.get(each.name)!));
  const isDecided = reached.every((each) => each === "failed" || "correct" in each);
  return {
    standings,
    ranking: isDecided ? ranked(left, reached).map(({ name }) => name) : undefined,
  };
}

function standingsOf(
  { search, configurations, epochsOf, rungs }: SearchPlan,
  scores: Scores,
): Map<string, Standing> {
  switch (search.kind) {
    case "halving":
      return halve(configurations, scores, rungs, search.epochs);
    case "median":
      return pruneByMedian(configurations, scores, search, epochsOf.values().next().value!);
    case "grid":
    case "random":
      return new Map(
        [...epochsOf].map(([name, until]): [string, Standing] => [name, { kind: "train", until }]),
      );
  }
}

/** Names of the finalists; undefined before the search is decided. */
export function finalistsOf({ search }: SearchPlan, { ranking }: SearchState) {
  return ranking?.slice(0, search.finalists ?? 0);
}

/** Seeds of the finalists: the lowest ones that did not choose them. */
export function furtherSeeds(count: number, chosenBy: readonly number[]): number[] {
  const used = new Set(chosenBy);
  const seeds: number[] = [];
  for (let seed = 0; seeds.length < count; seed++) if (!used.has(seed)) seeds.push(seed);
  return seeds;
}
