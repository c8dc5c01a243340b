import { fisherExact } from "../../stats/fisher-exact.js";
import { holm } from "../../stats/holm.js";
import { wilsonInterval } from "../../stats/intervals.js";
import { median } from "../../stats/quantiles.js";
import { probabilityText } from "./number-text.js";
import type { ReportedStudy, ReportedTable } from "./reported-study.js";
import { type ModelStability, stabilityData } from "./stability-data.js";

const right = "right" as const;

/** How often models collapse and fall, and whether they differ in that. None where no run did. */
export function stabilityTables(
  study: Pick<ReportedStudy, "comparison" | "runs">,
): ReportedTable[] {
  const data = stabilityData(study);
  return data ? [rateTable(data.models), differenceTable(data.models, study.comparison.pairs)] : [];
}

function rateTable(models: readonly ModelStability[]): ReportedTable {
  return {
    ...{ id: "stability", title: "Collapses and falls" },
    columns: [
      { title: "model" },
      { title: "collapsed", align: right },
      { title: "95 % interval, %", align: right },
      { title: "fell by over 5 points", align: right },
      { title: "95 % interval, %", align: right },
      { title: "lowest % after the first third: median", align: right },
      { title: "of all", align: right },
    ],
    rows: models.map(({ model, runs, collapsed, points, fell }) => {
      const lowest = points.map(({ value }) => value);
      return [
        model,
        `${collapsed} of ${runs}`,
        rateEnds(collapsed, runs),
        `${fell} of ${points.length}`,
        rateEnds(fell, points.length),
        lowest.length === 0 ? "–" : median(lowest).toFixed(2),
        lowest.length === 0 ? "–" : Math.min(...lowest).toFixed(2),
      ];
    }),
  };
}

function rateEnds(count: number, runs: number): string {
  if (runs === 0) return "–";
  const { low, high } = wilsonInterval(count, runs);
  return `${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)}`;
}

/** Fisher's exact test of each pair, with Holm's correction for all pairs. */
function differenceTable(
  models: readonly ModelStability[],
  pairs: ReportedStudy["comparison"]["pairs"],
): ReportedTable {
  const byName = new Map(models.map((each) => [each.model, each]));
  const both = pairs.map(({ a, b }) => ({ one: byName.get(a)!, other: byName.get(b)! }));
  const collapses = holm(
    both.map(({ one, other }) => fisherExact(one.collapsed, one.runs, other.collapsed, other.runs)),
  );
  const falls = holm(
    both.map(({ one, other }) =>
      fisherExact(one.fell, one.points.length, other.fell, other.points.length),
    ),
  );
  return {
    ...{ id: "stability-pairs", title: "Do models differ in that?" },
    columns: [
      { title: "pair" },
      { title: "collapses, p (Fisher, Holm)", align: right },
      { title: "falls, p (Fisher, Holm)", align: right },
    ],
    rows: both.map(({ one, other }, at) => [
      `${one.model}, ${other.model}`,
      probabilityText(collapses[at]!),
      probabilityText(falls[at]!),
    ]),
  };
}
