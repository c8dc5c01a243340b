import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contentOf, reportedStudy, summarize } from "../../dist/cli/study-summary.js";
import { createFolder } from "../../dist/files/folders.node.js";
import { removeFile, writeAtomically } from "../../dist/files/write-file.node.js";
import { resolvedSvg } from "../../dist/report/resolved-svg.js";
import { answerText } from "../../dist/report/study/answer.js";
import { withShortNames } from "../../dist/report/study/short-names.js";
import { studyFigures } from "../../dist/report/study/study-figures.js";
import { studyExcerpt, studyMarkdown } from "../../dist/report/study-report.js";
import { wrapped } from "../../dist/report/wrapped.js";
import { isStudy, readStudy } from "../../dist/study/study-folder.node.js";
import { fillPlace } from "../fill-place.js";
import { manifestFile, recordedEpoch, studiesFolder } from "./record.js";

const pagesFolder = "docs/studies";
const figuresFolder = "docs/figures";

/** A page that shows an excerpt of each study for which it has a place, `<!-- study NAME -->`. */
const frontPage = "README.md";

/** Writes the pages, removes those of studies that are gone, and returns the paths of what was written. */
export function writeStudyPages(root) {
  const pages = composePages(root);
  for (const [path, text] of pages) {
    createFolder(dirname(join(root, path)));
    writeAtomically(join(root, path), text);
  }
  for (const path of orphans(root, pages)) removeFile(join(root, path));
  return [...pages.keys()];
}

/** The pages whose content differs from what would be written, or that exist without results. */
export function checkStudyPages(root) {
  const pages = composePages(root);
  const differing = [...pages].filter(([path, text]) => readIfThere(join(root, path)) !== text);
  return [...differing.map(([path]) => path), ...orphans(root, pages)];
}

/** All pages made from results/studies/, by path. */
function composePages(root) {
  const studies = recordedStudies(root);
  if (studies.length === 0) return new Map();
  return new Map([
    [`${pagesFolder}/README.md`, indexPage(studies)],
    ...studies.flatMap(pagesOf),
    ...frontPageWith(root, studies),
  ]);
}

function recordedStudies(root) {
  const folder = join(root, studiesFolder);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names
    .filter((name) => isStudy(join(folder, name)))
    .map((name) => {
      const study = recordedStudy(join(folder, name), name);
      return { name, study, figures: studyFigures(study) };
    });
}

/** A study's page and figures. */
function pagesOf({ name, study, figures }) {
  const text = studyMarkdown(study, (figure) => `../${figurePath(name, figure)}`, figures);
  return [
    [`${pagesFolder}/${name}.md`, text + sourceText(name)],
    ...figures.map((figure) => [`docs/${figurePath(name, figure.name)}`, resolvedSvg(figure)]),
  ];
}

/** The front page with its excerpts; none where it has no place for one. */
function frontPageWith(root, studies) {
  const before = readIfThere(join(root, frontPage));
  const shown = studies.filter(({ name }) => before?.includes(`<!-- ${placeOf(name)} -->`));
  if (shown.length === 0) return [];
  const text = shown.reduce(
    (page, { name, study, figures }) =>
      fillPlace(frontPage, page, placeOf(name), excerptText(name, study, figures)),
    before,
  );
  return [[frontPage, text]];
}

function excerptText(name, study, figures) {
  const excerpt = studyExcerpt(study, (figure) => `docs/${figurePath(name, figure)}`, figures);
  const link = `[All figures of this study, and the command that makes them](${pagesFolder}/${name}.md).`;
  return [...excerpt.split("\n\n"), link].map(broken).join("\n\n");
}

/** A paragraph with lines as long as those of the front page; tables and pictures as they are. */
function broken(paragraph) {
  return /^[|!]/.test(paragraph) ? paragraph : wrapped(paragraph, 118).join("\n");
}

function placeOf(name) {
  return `study ${name}`;
}

/** Relative to docs/. */
function figurePath(name, figure) {
  return `figures/study-${name}-${figure}.svg`;
}

function recordedStudy(directory, name) {
  const folder = readStudy(directory);
  const summary = summarize(folder, recordedEpoch(directory));
  const manifest = `${studiesFolder}/${name}/${manifestFile}`;
  const command = `fovea study ${manifest} --out runs/${name}`;
  return withShortNames(reportedStudy(folder, summary, contentOf(summary), command));
}

function indexPage(studies) {
  const parts = [
    "# Studies of record",
    "Each page is written from the runs in `results/studies/` and ends with the command that makes them again.",
    ...studies.map(({ name, study }) => `## [${study.title}](${name}.md)\n\n${answerText(study)}`),
  ];
  return `${parts.join("\n\n")}\n`;
}

function sourceText(name) {
  return `\n\`npm run studies\` writes this page from \`${studiesFolder}/${name}/\`.\n`;
}

/** Pages and figures that no study of record has. */
function orphans(root, pages) {
  const found = [
    ...filesIn(root, pagesFolder).filter((path) => path.endsWith(".md")),
    ...filesIn(root, figuresFolder).filter((path) => /\/study-.*\.svg$/.test(path)),
  ];
  return found.filter((path) => !pages.has(path));
}

function filesIn(root, folder) {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path).map((file) => `${folder}/${file}`) : [];
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
