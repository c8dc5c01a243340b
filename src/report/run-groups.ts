import type { Run } from "../runs/run-folder.node.js";

/** Runs on the same data. Only such runs may share a table or a plot. */
export interface DataGroup {
  /** Name of the data. */
  readonly name: string;
  readonly runs: readonly Run[];
}

/** Splits runs by their data (name and digest), in order of first appearance. */
export function groupByData(runs: readonly Run[]): DataGroup[] {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.record.data.name} ${run.record.data.digest}`;
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()].map((group) => ({ name: group[0]!.record.data.name, runs: group }));
}

/** The first run of each model that meets the condition, in order of appearance. */
export function firstOfEachModel(
  runs: readonly Run[],
  condition: (run: Run) => boolean = () => true,
): Run[] {
  const found = new Map<string, Run>();
  for (const run of runs) {
    if (!found.has(run.record.model) && condition(run)) found.set(run.record.model, run);
  }
  return [...found.values()];
}
