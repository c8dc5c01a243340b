import { canonicalJson } from "../canonical-json.js";

/** What makes runs those of one model. */
export interface GroupableRun {
  readonly name: string;
  /** Its network and recipe; plain JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Runs that differ in their seeds alone. */
export interface RunGroup<Run extends GroupableRun> {
  /** The model's name; where models of the same name differ, with what differs. */
  readonly name: string;
  readonly runs: readonly Run[];
}

/** Runs by model and recipe, in the order of their first runs. */
export function groupRuns<Run extends GroupableRun>(runs: readonly Run[]): RunGroup<Run>[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = canonicalJson({ name: run.name, facts: run.facts });
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  const names = groupNames([...groups.values()].map(([first]) => first!));
  return [...groups.values()].map((group, at) => ({ name: names[at]!, runs: group }));
}

/** Facts by their paths: `recipe.epochs`. */
export function flatFacts(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null) return new Map([[path, String(value)]]);
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => [
      ...flatFacts(inner, path === "" ? name : `${path}.${name}`),
    ]),
  );
}

/** Names of groups, with what tells those of the same name apart. */
function groupNames(groups: readonly GroupableRun[]): string[] {
  const named = groups.map((group) => {
    const same = groups.filter(({ name }) => name === group.name);
    if (same.length === 1) return group.name;
    const facts = same.map((each) => flatFacts(each.facts));
    return `${group.name} (${differing(facts, same.indexOf(group))})`;
  });
  return named.map((name, at) => {
    const before = named.slice(0, at).filter((each) => each === name).length;
    return before === 0 ? name : `${name} #${before + 1}`;
  });
}

function differing(all: readonly ReadonlyMap<string, string>[], at: number): string {
  const paths = [...new Set(all.flatMap((facts) => [...facts.keys()]))];
  const differ = paths.filter((path) => new Set(all.map((facts) => facts.get(path))).size > 1);
  return differ
    .map((path) => {
      const value = all[at]!.get(path) ?? "none";
      const short = /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 8) : value;
      return `${path.replace(/^(recipe|options|split)\./, "")} ${short}`;
    })
    .join(", ");
}
