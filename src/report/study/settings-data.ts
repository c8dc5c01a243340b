import type { ReportedModel, ReportedStudy, SettingValue } from "./reported-study.js";

/** A setting in which models differ. */
export interface VariedSetting {
  readonly path: string;
  /** Ascending numbers, or texts in the order of the models. */
  readonly values: readonly SettingValue[];
  readonly scale: "linear" | "log" | "point";
}

/** Models by their settings, for parallel coordinates. */
export interface SettingsData {
  readonly settings: readonly VariedSetting[];
  /** The best accuracy first. */
  readonly lines: readonly {
    readonly model: string;
    /** In the order of `settings`; undefined where a model has none. */
    readonly values: readonly (SettingValue | undefined)[];
    /** Mean over the seeds, percent; undefined where all runs were pruned or failed. */
    readonly mean: number | undefined;
    readonly seeds: number;
    readonly isPruned: boolean;
    readonly collapsed: number;
  }[];
}

/** Fewer points of a grid are told by the table. */
const fewestModels = 4;
const mostAxes = 8;

/** Undefined where fewer than two settings are varied, or there are too few models. */
export function settingsData({
  models,
  runs,
  comparison,
}: Pick<ReportedStudy, "models" | "runs" | "comparison">): SettingsData | undefined {
  const settings = sweptSettings(models).slice(0, mostAxes);
  if (settings.length < 2 || models.length < fewestModels) return undefined;
  const compared = new Map(comparison.models.map((each) => [each.model, each]));
  const lines = models.map((each) => {
    const own = runs.filter(({ model }) => model === each.name);
    const known = compared.get(each.name);
    return {
      model: each.name,
      values: settings.map(({ path }) => each.settings.get(path)),
      mean: known?.mean,
      seeds: known?.values.length ?? 0,
      isPruned: own.some(({ ending }) => ending === "pruned"),
      collapsed: known?.collapsed ?? 0,
    };
  });
  if (lines.every(({ mean }) => mean === undefined)) return undefined;
  return { settings, lines: lines.sort((a, b) => (b.mean ?? -1) - (a.mean ?? -1)) };
}

/** The settings in which models differ, with all their values. */
export function variedSettings(models: readonly ReportedModel[]): VariedSetting[] {
  const paths = [...new Set(models.flatMap(({ settings }) => [...settings.keys()]))];
  return paths.flatMap((path): VariedSetting[] => {
    const all = models.map(({ settings }) => settings.get(path));
    if (new Set(all).size < 2) return [];
    const values = [...new Set(all)].filter((value) => value !== undefined);
    const numbers = values.filter((value): value is number => typeof value === "number");
    if (numbers.length < values.length) return [{ path, values, scale: "point" }];
    const sorted = numbers.sort((a, b) => a - b);
    const isLog = sorted[0]! > 0 && sorted.at(-1)! / sorted[0]! >= 8;
    return [{ path, values: sorted, scale: isLog ? "log" : "linear" }];
  });
}

/** A model's own name, before the values of a grid or a search. */
export function ownName(name: string): string {
  return name.split(/_(?=[\w.]+=)/)[0]!;
}

/** The settings that a grid or a search varies: those in which models with one own name differ. */
export function sweptSettings(models: readonly ReportedModel[]): VariedSetting[] {
  const own = new Set(models.map(({ name }) => ownName(name)));
  const swept = new Set(
    [...own].flatMap((each) =>
      variedSettings(models.filter(({ name }) => ownName(name) === each)).map(({ path }) => path),
    ),
  );
  return variedSettings(models).filter(({ path }) => swept.has(path));
}

/** The settings that all models share. */
export function commonSettings(
  models: readonly ReportedModel[],
): (readonly [path: string, value: SettingValue])[] {
  const [first, ...others] = models;
  if (first === undefined) return [];
  return [...first.settings].filter(([path, value]) =>
    others.every(({ settings }) => settings.get(path) === value),
  );
}
