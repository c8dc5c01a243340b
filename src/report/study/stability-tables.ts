import { fisherExact } from "../../stats/fisher-exact.js";
import { holm } from "../../stats/holm.js";
import { wilsonInterval } from "../../stats/intervals.js";
import { median } from "../../stats/quantiles.js";
import { type Stability, stabilityOf } from "../../stats/stability.js";
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
  /** Those whose curve is known, and how many of them fell. */
  readonly curves: number;
  readonly fell: number;
  /** The lowest accuracy of each run after the first third, percent. */
  readonly lowest: readonly number[];
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
  const known = ended.map(({ curve }) => stabilityOf(curve)).filter(isKnown);
  return {
    ...{ model, runs: ended.length, collapsed: ended.filter(isBad).length },
    ...{ curves: known.length, fell: known.filter(({ fell }) => fell).length },
    lowest: known.map(({ lowest }) => 100 * lowest),
  };
}

function isKnown(found: Stability | undefined): found is Stability {
  return found !== undefined;
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
    rows: models.map(({ model, runs, collapsed, curves, fell, lowest }) => [
      model,
      `${collapsed} of ${runs}`,
      rateEnds(collapsed, runs),
      `${fell} of ${curves}`,
      rateEnds(fell, curves),
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
  const both = pairs.flatMap(({ a, b }) => {
    const [one, other] = [byName.get(a), byName.get(b)];
    return one && other ? [{ one, other }] : [];
  });
  const corrected = (count: "collapsed" | "fell", total: "runs" | "curves") =>
    holm(
      both.map(({ one, other }) => fisherExact(one[count], one[total], other[count], other[total])),
    );
  const collapses = corrected("collapsed", "runs");
  const falls = corrected("fell", "curves");
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
