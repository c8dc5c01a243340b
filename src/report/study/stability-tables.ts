import { fisherExact } from "../../stats/fisher-exact.js";
import { holm } from "../../stats/holm.js";
import { wilsonInterval } from "../../stats/intervals.js";
import { median } from "../../stats/quantiles.js";
import { stabilityOf } from "../../stats/stability.js";
import { probabilityText } from "./number-text.js";
import {
  isBad,
  type ReportedRun,
  type ReportedStudy,
  type ReportedTable,
} from "./reported-study.js";

const right = "right" as const;

/** The runs of a model that came to their ends, and how many of them went wrong. */
interface ModelStability {
  readonly model: string;
  readonly runs: number;
  readonly collapsed: number;
  /** The lowest accuracy after the first third, percent, of each run whose curve is known. */
  readonly lowest: readonly number[];
  /** How many of these fell. */
  readonly fell: number;
}

/**
 * How often models collapse and fall, and whether they differ in that. Without rows where no run did.
 */
export function stabilityTables({
  comparison,
  runs,
}: Pick<ReportedStudy, "comparison" | "runs">): ReportedTable[] {
  const models = comparison.models.map(({ model }) =>
    stabilityOfModel(
      model,
      runs.filter((run) => run.model === model),
    ),
  );
  if (models.every(({ collapsed, fell }) => collapsed + fell === 0)) return [];
  return [rateTable(models), differenceTable(models, comparison.pairs)];
}

function stabilityOfModel(model: string, runs: readonly ReportedRun[]): ModelStability {
  const ended = runs.filter((run) => run.ending === "done" || isBad(run));
  const known = ended.flatMap(({ curve }) => stabilityOf(curve) ?? []);
  return {
    ...{ model, runs: ended.length, collapsed: ended.filter(isBad).length },
    lowest: known.map(({ lowest }) => 100 * lowest),
    fell: known.filter(({ fell }) => fell).length,
  };
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
    rows: models.map(({ model, runs, collapsed, lowest, fell }) => [
      model,
      `${collapsed} of ${runs}`,
      rateEnds(collapsed, runs),
      `${fell} of ${lowest.length}`,
      rateEnds(fell, lowest.length),
      lowest.length === 0 ? "–" : median(lowest).toFixed(2),
      lowest.length === 0 ? "–" : Math.min(...lowest).toFixed(2),
    ]),
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
      fisherExact(one.fell, one.lowest.length, other.fell, other.lowest.length),
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
