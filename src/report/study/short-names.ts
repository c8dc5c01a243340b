import { listed } from "../../numbers.js";
import { pairSentence } from "../../study/verdict-text.js";
import type { ReportedModel, ReportedStudy } from "./reported-study.js";
import { ownName, sweptSettings } from "./settings-data.js";

/** Longer names have no room in figures. */
const longest = 24;

/** A shorter common beginning is no reason to leave it out. */
const shortestBeginning = 6;

interface ShortNames {
  readonly names: ReadonlyMap<string, string>;
  /** What they mean. */
  readonly naming: string;
}

/**
 * The study with shorter names of its models where they are long: the values of the settings that a grid or a search
 * varies, or the names without the beginning that all have. A sentence says so.
 */
export function withShortNames(study: ReportedStudy): ReportedStudy {
  const found = shortNames(study.models);
  if (found === undefined) return study;
  const short = (name: string) => found.names.get(name) ?? name;
  const comparison = {
    models: study.comparison.models.map((each) => ({ ...each, model: short(each.model) })),
    pairs: study.comparison.pairs.map((pair) => ({ ...pair, a: short(pair.a), b: short(pair.b) })),
  };
  return {
    ...study,
    comparison,
    models: study.models.map((model) => ({ ...model, name: short(model.name) })),
    runs: study.runs.map((run) => ({ ...run, model: short(run.model) })),
    sentences: comparison.pairs.map((pair) => pairSentence(pair, comparison)),
    naming: found.naming,
  };
}

/** Undefined where names are short, or shorter ones would not tell the models apart. */
function shortNames(models: readonly ReportedModel[]): ShortNames | undefined {
  if (models.every(({ name }) => name.length <= longest)) return undefined;
  const found = byValues(models) ?? withoutBeginning(models);
  if (found === undefined || new Set(found.names.values()).size < models.length) return undefined;
  return found;
}

function byValues(models: readonly ReportedModel[]): ShortNames | undefined {
  const swept = sweptSettings(models).map(({ path }) => path);
  if (swept.length === 0) return undefined;
  const isOneModel = new Set(models.map(({ name }) => ownName(name))).size === 1;
  const names = models.map(({ name, settings }) => {
    const values = swept.map((path) => String(settings.get(path) ?? "–"));
    return [name, [...(isOneModel ? [] : [ownName(name)]), ...values].join(" · ")] as const;
  });
  return { names: new Map(names), naming: `Models are named by their ${listed(swept)}.` };
}

function withoutBeginning(models: readonly ReportedModel[]): ShortNames | undefined {
  const names = models.map(({ name }) => name);
  const [first = "", ...others] = names;
  let common = first.length;
  for (const name of others) while (!name.startsWith(first.slice(0, common))) common--;
  // Whole words: up to a separator, or all of a name.
  const isWhole = (end: number) =>
    names.every((name) => name.length === end || /[-_. ]/.test(name[end]!));
  while (common > 0 && !isWhole(common)) common--;
  if (common < shortestBeginning) return undefined;
  const beginning = first.slice(0, common);
  const short = names.map((name) => [name, name.slice(common + 1) || name] as const);
  return {
    names: new Map(short),
    naming: `The names of models are those of the study without “${beginning}”, with which all begin.`,
  };
}
