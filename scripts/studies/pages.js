import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contentOf, reportedStudy, summarize } from "../../dist/cli/study-summary.js";
import { createFolder } from "../../dist/files/folders.node.js";
import { removeFile, writeAtomically } from "../../dist/files/write-file.node.js";
import { resolvedSvg } from "../../dist/report/resolved-svg.js";
import { answerText } from "../../dist/report/study/answer.js";
import { withShortNames } from "../../dist/report/study/short-names.js";
import { studyFigures } from "../../dist/report/study/study-figures.js";
import { studyMarkdown } from "../../dist/report/study-report.js";
import { isStudy, readStudy } from "../../dist/study/study-folder.node.js";
import { manifestFile, recordedEpoch, studiesFolder } from "./record.js";

const pagesFolder = "docs/studies";
const figuresFolder = "docs/figures";

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
  const folder = join(root, studiesFolder);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const studies = names
    .filter((name) => isStudy(join(folder, name)))
    .map((name) => ({ name, study: recordedStudy(join(folder, name), name) }));
  const pages = new Map();
  if (studies.length === 0) return pages;
  pages.set(`${pagesFolder}/README.md`, indexPage(studies));
  for (const { name, study } of studies) {
    const fileOf = (figure) => `study-${name}-${figure}.svg`;
    const figures = studyFigures(study);
    const text = studyMarkdown(study, (figure) => `../figures/${fileOf(figure)}`, figures);
    pages.set(`${pagesFolder}/${name}.md`, text + sourceText(name));
    for (const figure of figures) {
      pages.set(`${figuresFolder}/${fileOf(figure.name)}`, resolvedSvg(figure));
    }
  }
  return pages;
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
