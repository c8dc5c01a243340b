import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runFiles } from "../../dist/runs/run-folder.node.js";
import { studyFiles } from "../../dist/study/study-folder.node.js";

/** Which queue a study was trained from, if any. */
const isQueue = (/** @type {string} */ name) => name === "queue.json";

/**
 * Everything in a study's folder that must not depend on processes, machines, disturbances and time: names and bytes of
 * all files, except times and what follows from them.
 *
 * @param {string} directory
 * @param {(name: string) => boolean} [isIgnored] files that may be there or not
 */
export function contentOfStudy(directory, isIgnored = isQueue) {
  const namesIn = (/** @type {string} */ folder) =>
    readdirSync(folder)
      .filter((name) => !isIgnored(name))
      .sort();
  const files = studyFiles(directory);
  return {
    names: namesIn(directory),
    study: bytesOf(files.record),
    networks: namesIn(files.networks),
    claims: namesIn(files.claims),
    report: timelessReport(directory),
    outcomes: namesIn(files.outcomes).map((name) => [name, bytesOf(join(files.outcomes, name))]),
    runs: namesIn(files.runs).map((key) => {
      const run = join(files.runs, key);
      return { key, names: namesIn(run), ...contentOfRun(run) };
    }),
  };
}

/** @param {string} directory */
function contentOfRun(directory) {
  const { record, metrics, ...others } = runFiles(directory);
  return {
    record: withoutTimes(readFileSync(record, "utf8")),
    metrics: readFileSync(metrics, "utf8").split("\n").map(withoutSeconds),
    bytes: Object.values(others).filter(existsSync).map(bytesOf),
  };
}

/** @param {string} path */
function bytesOf(path) {
  return readFileSync(path).toString("base64");
}

/**
 * The report without its row `time`, which is the time that the epochs took; undefined where there is none.
 *
 * @param {string} directory
 */
function timelessReport(directory) {
  const path = join(directory, "report.md");
  return existsSync(path) ? readFileSync(path, "utf8").replace(/^\| time .*$/m, "") : undefined;
}

/** @param {string} text of a `run.json` */
function withoutTimes(text) {
  const { started, parts, machine, checksum, threads, files, ...rest } = JSON.parse(text);
  // The checksum of metrics, too, is one of times.
  const states = files.states.map(
    (/** @type {{ metrics: string }} */ { metrics, ...state }) => state,
  );
  return { ...rest, files: { ...files, states } };
}

/** @param {string} line of a `metrics.csv`, whose sixth and seventh values are times */
function withoutSeconds(line) {
  return line.split(",").toSpliced(5, 2).join(",");
}
