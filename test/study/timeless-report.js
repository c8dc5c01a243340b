import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A study's report without its row `time`, which is the time that the epochs took.
 *
 * @param {string} directory of the study
 */
export function timelessReport(directory) {
  return readFileSync(join(directory, "report.md"), "utf8").replace(/^\| time .*$/m, "");
}
