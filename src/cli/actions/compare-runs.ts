import { InputError } from "../../errors.js";
import { collectRuns } from "../../study/collect-runs.node.js";
import { compareResults, studyResults } from "../../study/results.js";
import { aboutText, findingsOf } from "../study-summary.js";
import { type CompareArguments, show } from "./compare.js";

const where = "fovea compare";

/** Options that say nothing of runs that are trained. */
const allowed: readonly (keyof CompareArguments)[] = ["json"];

/** Compares runs that are trained. */
export function compareTrained(folders: readonly string[], args: CompareArguments): void {
  const given = Object.keys(args) as (keyof CompareArguments)[];
  const other = given.find((name) => args[name] !== undefined && !allowed.includes(name));
  if (other !== undefined) {
    const option = `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new InputError(where, "--json alone with runs that are trained", option);
  }
  const runs = collectRuns(folders);
  const results = studyResults(runs);
  const comparison = compareResults(results);
  if (comparison.models.length === 0) {
    throw new InputError(folders.join(", "), "a run that has ended", "none");
  }
  const outcomes = runs.flatMap(({ outcome }) => outcome ?? []);
  show(
    {
      comparison,
      about: aboutText(results, outcomes),
      findings: findingsOf(comparison),
      remarks: results.leftOut,
    },
    args,
  );
}
