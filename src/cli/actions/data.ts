import type { DataFile, DataPlace } from "../../data/data-place.js";
import { describeData } from "../../data/describe.node.js";
import { jsonText } from "../../json-text.js";
import { thousands } from "../../numbers.js";
import { print, printBlock } from "../terminal/output.js";

/** The options of `fovea data` that were given. */
export interface DataArguments {
  readonly json?: boolean;
}

/** Prints what data there is. */
export async function runData(args: DataArguments): Promise<void> {
  const places = await describeData();
  if (args.json) printBlock(jsonText(places, 2));
  else print(...places.flatMap(placeLines));
}

function placeLines(place: DataPlace): string[] {
  const where = place.path === undefined ? place.place : `${place.place}: ${place.path}`;
  const counts =
    place.train === undefined || place.test === undefined
      ? ""
      : `, ${thousands(place.train)} + ${thousands(place.test)} images`;
  const lines = [`${place.dataset}  ${where}`, `  ${place.state}: ${place.detail}${counts}`];
  if (place.state !== "absent") lines.push(...place.files.flatMap(fileLines));
  return lines;
}

/** The digest's beginning is enough to compare by eye; `--json` has all of it. */
function fileLines({ name, path, valid, digest, problem }: DataFile): string[] {
  const shortDigest = digest === undefined ? "" : `  SHA-256 ${digest.slice(0, 12)}…`;
  const lines = [`  ${valid ? "ok " : "bad"}  ${path ?? name}${shortDigest}`];
  return problem === undefined ? lines : [...lines, `       ${problem}`];
}
