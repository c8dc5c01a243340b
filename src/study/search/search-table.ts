import { counted, percent } from "../../numbers.js";
import { finalistsOf, type SearchPlan, type SearchState } from "./judge.js";
import { type KnownRun, Scores } from "./scores.js";
import type { Standing } from "./standing.js";

/** What became of a configuration. `open`: it is trained, or waits for others. */
export type Fate = "finalist" | "complete" | "open" | "pruned" | "failed";

/** A configuration of a search, as a table shows it. */
export interface SearchRow {
  readonly configuration: string;
  readonly fate: Fate;
  /** The epochs after which it was judged last; 0 before the first. */
  readonly epochs: number;
  /** Images held out that it then classified correctly, 0..1, over all its seeds; undefined before, and where it failed. */
  readonly accuracy: number | undefined;
  /** Its accuracies at the rungs that it came to, from the first on; the end of the training is the last rung. */
  readonly rungs: readonly { readonly epochs: number; readonly accuracy: number }[];
}

/** The configurations of a search: those trained to their ends first, from the best on; then those that came far. */
export function searchTable(
  plan: SearchPlan,
  state: SearchState,
  known: ReadonlyMap<string, KnownRun>,
): SearchRow[] {
  const scores = new Scores(known);
  const finalists = new Set(finalistsOf(plan, state));
  const complete = new Set(state.ranking);
  const rows = plan.configurations.map(({ name, keys }): SearchRow => {
    const whole = plan.epochsOf.get(name)!;
    const standing = state.standings.get(name)!;
    const images = keys.reduce((sum, key) => sum + (known.get(key)?.total ?? 0), 0);
    const end = Math.min(...keys.map((key) => known.get(key)?.correct.length ?? 0));
    const accuracyAt = (epochs: number) => {
      const reached = epochs === 0 ? "failed" : scores.at({ name, keys }, epochs);
      return typeof reached === "object" && "correct" in reached
        ? reached.correct / images
        : undefined;
    };
    const isFailed = keys.some((key) => known.get(key)?.failed);
    const epochs = standing.kind === "prune" ? standing.epochs : end;
    const isComplete = complete.has(name) || (end === whole && !isFailed);
    const fate = finalists.has(name) ? "finalist" : fateOf(isComplete, isFailed, standing.kind);
    const marks = [...plan.rungs.map((rung) => rung.epochs), whole];
    return {
      ...{ configuration: name, fate, epochs },
      accuracy: fate === "failed" ? undefined : accuracyAt(epochs),
      rungs: marks.flatMap((mark) => {
        const accuracy = mark <= epochs ? accuracyAt(mark) : undefined;
        return accuracy === undefined ? [] : [{ epochs: mark, accuracy }];
      }),
    };
  });
  const order = new Map(state.ranking?.map((name, at) => [name, at]));
  const last = order.size;
  return rows.sort(
    (a, b) =>
      Number(a.fate === "failed") - Number(b.fate === "failed") ||
      (order.get(a.configuration) ?? last) - (order.get(b.configuration) ?? last) ||
      b.epochs - a.epochs ||
      (b.accuracy ?? -1) - (a.accuracy ?? -1),
  );
}

function fateOf(isComplete: boolean, isFailed: boolean, standing: Standing["kind"]): Fate {
  if (isComplete) return "complete";
  if (isFailed) return "failed";
  return standing === "prune" ? "pruned" : "open";
}

/** How far a search is, in lines for people. */
export function searchLines(plan: SearchPlan, rows: readonly SearchRow[]): string[] {
  const { search, configurations, rungs } = plan;
  const counts = (["complete", "pruned", "failed", "open"] as const).flatMap((fate) => {
    const isOf = (row: SearchRow) =>
      row.fate === fate || (fate === "complete" && row.fate === "finalist");
    const count = rows.filter(isOf).length;
    return count === 0 ? [] : [`${count} ${fateText({ fate })}`];
  });
  const lines = [
    `search by ${search.kind}, ${counted(configurations.length, "configuration")}: ${counts.join(", ")}`,
  ];
  let left = configurations.length;
  for (const { epochs, keeps } of rungs) {
    const there = rows.filter((row) => row.epochs >= epochs).length;
    lines.push(
      `  rung after ${counted(epochs, "epoch")}: ${there} of ${left} there, ${keeps} kept`,
    );
    left = keeps;
  }
  const [best] = rows;
  if (best?.accuracy !== undefined) {
    const until = best.fate === "open" ? "best so far" : "best";
    lines.push(
      `  ${until}: ${best.configuration}, ${percent(best.accuracy)} % of the images held out after ${counted(best.epochs, "epoch")}`,
    );
  }
  return lines;
}

/** What became of a configuration, in words. */
export function fateText({ fate }: Pick<SearchRow, "fate">): string {
  return fate === "complete" ? "trained to the end" : fate;
}
