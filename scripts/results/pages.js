import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../../dist/errors.js";
import { createFolder } from "../../dist/files/folders.node.js";
import { writeAtomically } from "../../dist/files/write-file.node.js";
import { readRecordedCheckpoints } from "../../dist/papers/arslan-2021/checkpoints.node.js";
import { judgeClaims } from "../../dist/papers/arslan-2021/claims/index.js";
import { publishedCurves } from "../../dist/papers/arslan-2021/curves.node.js";
import { claimsPage } from "../../dist/papers/arslan-2021/pages/claims-page.js";
import {
  readmeResults,
  recordFigures,
  resultsPage,
} from "../../dist/papers/arslan-2021/pages/results-page.js";
import { seedsOfRecord } from "../../dist/papers/arslan-2021/seeds-of-record.node.js";
import { studyRuns } from "../../dist/papers/arslan-2021/study-runs.js";
import { standaloneSvg } from "../../dist/report/markup.js";
import { isReproduction, runFolders } from "../../dist/runs/reproduction.node.js";
import { readRun } from "../../dist/runs/run-folder.node.js";
import { fillPlace } from "../fill-place.js";
import { checkpointsFile } from "./checkpoints.js";
import { paperFolder } from "./record.js";

/** Writes the pages; returns their paths relative to the root. */
export function writePages(root) {
  if (!isReproduction(join(root, paperFolder))) {
    throw new InputError(
      paperFolder,
      "the runs of record, which npm run record -- FOLDER... copies there",
      "no such folder",
    );
  }
  const pages = composePages(root);
  for (const [path, text] of pages) {
    createFolder(dirname(join(root, path)));
    writeAtomically(join(root, path), text);
  }
  return [...pages.keys()];
}

/** The pages whose content differs from what would be written, or that exist without results. */
export function checkPages(root) {
  const pages = composePages(root);
  const orphans = ["docs/results.md"].filter(
    (path) => !pages.has(path) && existsSync(join(root, path)),
  );
  const differing = [...pages].filter(([path, text]) => readIfThere(join(root, path)) !== text);
  return [...differing.map(([path]) => path), ...orphans];
}

/** All pages made from results/, by path; without runs of record, only the page of claims. */
function composePages(root) {
  const paper = join(root, paperFolder);
  const runs = isReproduction(paper) ? runFolders(paper).map(readRun) : [];
  const judged = studyRuns(runs);
  const { checkpoints } = readRecordedCheckpoints(join(root, checkpointsFile));
  const overSeeds = seedsOfRecord(root);
  const claims = judgeClaims({ runs: judged, overSeeds, curves: publishedCurves(), checkpoints });
  const trained = [...judged.values()];
  const pages = new Map([["docs/claims.md", claimsPage({ claims, runs: trained, overSeeds })]]);
  if (runs.length === 0) return pages;
  pages.set("docs/results.md", resultsPage(runs, claims));
  for (const figure of recordFigures(runs)) {
    pages.set(`docs/figures/${figure.name}.svg`, standaloneSvg(figure));
  }
  const readme = readFileSync(join(root, "README.md"), "utf8");
  pages.set(
    "README.md",
    fillPlace("README.md", readme, "results", readmeResults(runs, claims, overSeeds)),
  );
  return pages;
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
