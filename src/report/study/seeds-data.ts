import type { Ends } from "../../stats/compare.js";
import { type Ending, isBad, type ReportedRun, type ReportedStudy } from "./reported-study.js";
import { accuracyDomain, type Domain } from "./shown-domain.js";

/** A run with an accuracy. */
export interface SeedPoint {
  readonly seed: number;
  readonly ending: Ending;
  /** Percent. */
  readonly value: number;
  /** Whether its seed is compared: all models have an accuracy for it, where they have any in common. */
  readonly isCompared: boolean;
}

export interface SeedsRow {
  readonly model: string;
  /** Percent, over all seeds that are compared, collapsed ones too; undefined where none is. */
  readonly mean: number | undefined;
  readonly interval: Ends | null;
  readonly points: readonly SeedPoint[];
  readonly collapsed: number;
  /** Runs without an accuracy. */
  readonly failed: number;
  readonly open: number;
}

/** Every seed of every model. */
export interface SeedsData {
  readonly rows: readonly SeedsRow[];
  /** Models with lower means that have no row, as there are too many. */
  readonly omitted: number;
  /** Percent; points below it are drawn at its edge, with their values. */
  readonly domain: Domain;
}

/** More models stand in the order of their means, not of the study. */
const mostUnsorted = 8;
const mostRows = 40;

/** The accuracies of all runs, by model; undefined where no run has one. */
export function seedsData({
  models,
  runs,
  comparison,
}: Pick<ReportedStudy, "models" | "runs" | "comparison">): SeedsData | undefined {
  const known = runs.filter(hasAccuracy).filter(({ ending }) => ending !== "pruned");
  const sound = known.filter((run) => !isBad(run));
  const values = (sound.length > 0 ? sound : known).map(({ accuracy }) => accuracy);
  const domain = accuracyDomain(comparison.models, values);
  if (domain === undefined) return undefined;
  const rows = models.map(({ name }): SeedsRow => {
    const own = runs.filter((run) => run.model === name);
    const compared = comparison.models.find(({ model }) => model === name);
    const points = own
      .filter((run) => known.includes(run as KnownRun))
      .map(({ seed, ending, accuracy }) => ({
        ...{ seed, ending, value: accuracy! },
        isCompared: compared?.seeds.includes(seed) ?? false,
      }));
    return {
      ...{ model: name, mean: compared?.mean, interval: compared?.interval ?? null, points },
      collapsed: own.filter(isBad).length,
      failed: own.filter(({ ending }) => ending === "failed").length,
      open: own.filter(({ ending }) => ending === "open").length,
    };
  });
  const begun = rows.filter(hasRuns);
  const sorted =
    begun.length > mostUnsorted
      ? [...begun].sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1))
      : begun;
  const shown = sorted.slice(0, mostRows);
  return { rows: shown, omitted: sorted.length - shown.length, domain };
}

type KnownRun = ReportedRun & { readonly accuracy: number };

function hasAccuracy(run: ReportedRun): run is KnownRun {
  return run.accuracy !== undefined;
}

function hasRuns({ points, failed, open }: SeedsRow): boolean {
  return points.length + failed + open > 0;
}
