import { counted } from "../../numbers.js";
import type { SearchPlan } from "./judge.js";

/** What a search will do, in lines for people. */
export function planLines({ search, configurations, rungs, epochsOf }: SearchPlan): string[] {
  const all = configurations.length;
  const seeds = configurations[0]!.keys.length;
  const each = seeds === 1 ? "" : ` × ${seeds} seeds`;
  const whole = Math.max(...epochsOf.values());
  let left = all;
  const lines = rungs.map(({ epochs, keeps }, at) => {
    const line = `rung ${at + 1}: ${counted(left, "configuration")}${each} until epoch ${epochs}, ${keeps} kept`;
    left = keeps;
    return line;
  });
  lines.push(`to the end: ${counted(left, "configuration")}${each} until epoch ${whole}`);
  if (search.kind === "median") {
    lines.push(
      `from epoch ${search.warmUp} on, configurations below the median of ${search.leastRuns} or more earlier ones are stopped`,
    );
  }
  if (search.finalists !== undefined) {
    lines.push(
      `finalists: ${Math.min(search.finalists, left)} × ${counted(search.seeds!, "further seed")}, which alone are compared`,
    );
  }
  return lines;
}

/**
 * Epochs that a search trains, in parts of those that it would train if nothing were stopped and no finalists followed. By
 * median that is not known before; it is taken as if nothing were stopped.
 */
export function plannedPart({ search, configurations, rungs, epochsOf }: SearchPlan): number {
  const whole = Math.max(...epochsOf.values());
  const seeds = configurations[0]!.keys.length;
  let left = configurations.length;
  let before = 0;
  let trained = 0;
  for (const { epochs, keeps } of rungs) {
    trained += left * (epochs - before);
    before = epochs;
    left = keeps;
  }
  trained += left * (whole - before);
  const finalists = Math.min(search.finalists ?? 0, left) * (search.seeds ?? 0) * whole;
  return (trained * seeds + finalists) / (configurations.length * seeds * whole);
}
