import { listed } from "../../numbers.js";
import { pairSentence } from "../../study/verdict-text.js";
import type { ReportedModel, ReportedStudy } from "./reported-study.js";
import { variedSettings } from "./settings-data.js";

/** Longer names have no room in figures. */
const longest = 24;

/**
 * The study with shorter names of its models where a grid made them long: the values of the settings in which they
 * differ. A sentence says so.
 */
export function withShortNames(study: ReportedStudy): ReportedStudy {
  const names = shortNames(study.models);
  if (names === undefined) return study;
  const short = (name: string) => names.get(name) ?? name;
  const comparison = {
    models: study.comparison.models.map((each) => ({ ...each, model: short(each.model) })),
    pairs: study.comparison.pairs.map((pair) => ({ ...pair, a: short(pair.a), b: short(pair.b) })),
  };
  const paths = variedSettings(study.models).map(({ path }) => path);
  return {
    ...study,
    comparison,
    models: study.models.map((model) => ({ ...model, name: short(model.name) })),
    runs: study.runs.map((run) => ({ ...run, model: short(run.model) })),
    sentences: comparison.pairs.map((pair) => pairSentence(pair, comparison)),
    naming: `Models are named by their ${listed(paths)}.`,
  };
}

/** Undefined where names are short, or the values do not tell the models apart. */
function shortNames(models: readonly ReportedModel[]): Map<string, string> | undefined {
  if (models.every(({ name }) => name.length <= longest)) return undefined;
  const varied = variedSettings(models);
  const bases = models.map(({ name }) => name.split(/_(?=[\w.]+=)/)[0]!);
  const isOneBase = new Set(bases).size === 1;
  const names = models.map(({ settings }, at) =>
    [
      ...(isOneBase ? [] : [bases[at]!]),
      ...varied.map(({ path }) => String(settings.get(path) ?? "–")),
    ].join(" · "),
  );
  if (new Set(names).size < models.length || varied.length === 0) return undefined;
  return new Map(models.map(({ name }, at) => [name, names[at]!]));
}
