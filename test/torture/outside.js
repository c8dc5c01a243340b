// Other people's files, which links in a damaged run folder lead to.
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../dist/sha256.js";

/** Where links lead to, from inside of a run folder. */
export const outsideTargets = [
  "../outside/sentinel.txt",
  "../outside/folder",
  "../outside/not there",
  "../outside/folder/not there",
  "../outside",
];

/** Makes them in the current folder. */
export function makeOutside() {
  mkdirSync("outside/folder", { recursive: true });
  writeFileSync("outside/sentinel.txt", "mine\n");
  writeFileSync("outside/folder/loss.svg", "mine\n");
  writeFileSync("outside/folder/table.md", "mine\n");
}

/** All of them and the run that nothing is done with: names, contents and times. */
export function fingerprint() {
  return ["outside", "whole", "other"].flatMap(factsOf).join("\n");
}

function factsOf(folder) {
  const names = /** @type {string[]} */ (readdirSync(folder, { recursive: true }));
  return names.sort().map((name) => {
    const path = join(folder, name);
    const { mode, size, mtimeMs, ino } = lstatSync(path);
    const isFile = lstatSync(path).isFile();
    const content = isFile ? sha256(readFileSync(path)).slice(0, 8) : "";
    return `${path} ${mode} ${size} ${mtimeMs} ${ino} ${content}`;
  });
}
