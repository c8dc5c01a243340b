import { InputError } from "../../errors.js";
import { writeStudyReport } from "../../report/study/write-study-report.node.js";
import { shellWord } from "../../shell-word.js";
import { collectRuns } from "../../study/collect-runs.node.js";
import { compareResults, studyResults } from "../../study/results.js";
import { aboutText, contentOf, findingsOf, reportedRuns } from "../study-summary.js";
import { type CompareArguments, sayReport, show } from "./compare.js";

const where = "fovea compare";

/** Options that say nothing of runs that are trained. */
const allowed: readonly (keyof CompareArguments)[] = ["json", "out"];

/** Compares runs that are trained. */
export function compareTrained(folders: readonly string[], args: CompareArguments): void {
  const given = Object.keys(args) as (keyof CompareArguments)[];
  const other = given.find((name) => args[name] !== undefined && !allowed.includes(name));
  if (other !== undefined) {
    const option = `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new InputError(where, "--json and --out alone with runs that are trained", option);
  }
  const runs = collectRuns(folders);
  const results = studyResults(runs);
  const comparison = compareResults(results);
  if (comparison.models.length === 0) {
    throw new InputError(folders.join(", "), "a run that has ended", "none");
  }
  const outcomes = runs.flatMap(({ outcome }) => outcome ?? []);
  const compared = {
    comparison,
    about: aboutText(results, outcomes),
    findings: findingsOf(comparison),
    remarks: results.leftOut,
  };
  show(compared, args);
  if (args.out === undefined) return;
  const located = runs.map(({ folder, ...run }) => ({ ...run, key: folder, directory: folder }));
  const command = `fovea compare ${folders.map(shellWord).join(" ")} --out ${shellWord(args.out)}`;
  const study = reportedRuns(located, contentOf(compared), command);
  sayReport(writeStudyReport(study, args.out), args);
}
