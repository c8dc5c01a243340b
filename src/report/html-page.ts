import { escapeMarkup, type Figure, fontStack, type NarrowPicture } from "./markup.js";
import type { ModelMarks } from "./model-marks.js";
import { paletteStyle } from "./palette.js";

/** A heading with its content. */
export interface PageSection {
  readonly id: string;
  readonly title: string;
  /** Markup. */
  readonly content: string;
  /** CSS rules that it needs in addition to the page's. */
  readonly style?: string;
}

/** One self-contained page: no script, nothing fetched. */
export function htmlPage(page: {
  readonly title: string;
  /** Markup under the title. */
  readonly lead: string;
  readonly sections: readonly PageSection[];
  /** Colours and symbols of the models in the figures. */
  readonly marks?: ModelMarks;
}): string {
  const links = page.sections.map(
    ({ id, title }) => `<a href="#${escapeMarkup(id)}">${escapeMarkup(title)}</a>`,
  );
  const nav = `\n<nav aria-label="Sections">${links.join("\n")}</nav>`;
  const sections = page.sections.map(
    ({ id, title, content }) =>
      `<section id="${escapeMarkup(id)}">\n<h2>${escapeMarkup(title)}</h2>\n${content}\n</section>`,
  );
  const styles = page.sections.flatMap(({ style }) => (style === undefined ? [] : [style]));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(page.title)}</title>
<style>
${paletteStyle(page.marks)}
${pageStyle}${styles.join("")}</style>
</head>
<body>
<main>
<header>
<h1>${escapeMarkup(page.title)}</h1>
${page.lead}${links.length > 1 ? nav : ""}
</header>
${sections.join("\n")}
</main>
</body>
</html>
`;
}

/** A paragraph of plain text. */
export function paragraph(text: string, kind?: "note" | "empty"): string {
  const attribute = kind ? ` class="${kind}"` : "";
  return `<p${attribute}>${escapeMarkup(text)}</p>`;
}

/** A figure with its caption; a wide one scrolls inside its own frame. */
export function figureBlock(figure: Figure, heading?: string): string {
  const title = heading === undefined ? "" : `<strong>${escapeMarkup(heading)}</strong> `;
  const { narrow } = figure;
  const kind = narrow ? "scroll wide" : "scroll";
  return `<figure id="${escapeMarkup(figure.name)}">
<div class="${kind}" tabindex="0" role="region" aria-label="${escapeMarkup(figure.title)}">${figure.svg}</div>${narrow ? narrowMarkup(narrow) : ""}
<figcaption>${title}${escapeMarkup(figure.caption)}</figcaption>
</figure>`;
}

function narrowMarkup({ svg, legend }: NarrowPicture): string {
  const entries = legend.map(
    ({ label, color, dashed }) =>
      `<li style="color:${escapeMarkup(color)}"${dashed ? ' class="dashed"' : ""}>${escapeMarkup(label)}</li>`,
  );
  return `\n<div class="narrow"><ul class="legend">${entries.join("")}</ul>${svg}</div>`;
}

/** One cell of a table. */
export interface TableCell {
  readonly text: string;
  readonly align?: "left" | "right";
  /** Number of columns that it spans; default 1. */
  readonly span?: number;
  readonly header?: boolean;
  readonly kind?: "remark" | "group" | "flag" | "pass" | "untested";
}

/**
 * A table that scrolls inside its own frame, with a fixed first column; the first `headRows` rows
 * are its head.
 */
export function tableBlock(
  rows: readonly (readonly TableCell[])[],
  headRows: number,
  label: string,
): string {
  const markup = rows.map(
    (cells, index) =>
      `<tr>${cells.map((cell) => cellMarkup(cell, index < headRows)).join("")}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(label)}"><table>
<thead>${markup.slice(0, headRows).join("\n")}</thead>
<tbody>${markup.slice(headRows).join("\n")}</tbody>
</table></div>`;
}

function cellMarkup(cell: TableCell, inHead: boolean): string {
  const name = inHead || cell.header ? "th" : "td";
  const scope = name === "th" ? ` scope="${inHead ? "col" : "row"}"` : "";
  const span = (cell.span ?? 1) > 1 ? ` colspan="${cell.span}"` : "";
  const classes = [cell.align === "right" ? "number" : "", cell.kind ?? ""].filter(Boolean);
  const kind = classes.length > 0 ? ` class="${classes.join(" ")}"` : "";
  return `<${name}${scope}${span}${kind}>${escapeMarkup(cell.text)}</${name}>`;
}

const pageStyle = `*{box-sizing:border-box}
html{background:var(--page);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0;font:16px/1.55 ${fontStack}}
main{max-width:1040px;margin:0 auto;padding:40px 24px 72px}
h1{font-size:30px;line-height:1.2;margin:0 0 14px;letter-spacing:-.01em}
h2{font-size:21px;line-height:1.25;margin:0 0 14px}
h3{font-size:16px;margin:28px 0 8px}
header p{max-width:74ch;margin:0 0 12px}
section{margin-top:52px;border-top:1px solid var(--rule);padding-top:28px}
p{max-width:74ch}
p.note{font-size:14px;color:var(--muted);margin:6px 0}
p.caveat{background:var(--panel);border-left:3px solid var(--plain-edge);padding:12px 16px;font-size:15px;max-width:none}
p.fault{border-left-color:var(--wrong)}
p.empty{background:var(--panel);border-radius:8px;padding:18px;color:var(--muted)}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:18px;font-size:15px}
a{color:var(--link)}
.scroll{overflow-x:auto;overflow-y:hidden;-webkit-overflow-scrolling:touch;background:linear-gradient(to right,var(--page) 50%,transparent) left/48px 100% local,linear-gradient(to left,var(--page) 50%,transparent) right/48px 100% local,linear-gradient(to right,var(--edge),transparent) left/18px 100% scroll,linear-gradient(to left,var(--edge),transparent) right/18px 100% scroll;background-repeat:no-repeat}
.narrow{display:none}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:0 0 8px;padding:0;font-size:14px;font-weight:650}
.legend li::before{content:"";display:inline-block;width:20px;border-top:3px solid;margin-right:6px;vertical-align:middle}
.legend .dashed{font-weight:400}
.legend .dashed::before{border-top:2px dashed}
.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:separate;border-spacing:0;font-size:14.5px;font-variant-numeric:tabular-nums;margin:0 0 12px;min-width:100%}
th,td{padding:7px 11px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--rule)}
th{font-weight:650}
thead th{color:var(--muted);font-size:13px;font-weight:600}
thead tr:first-child:not(:last-child) th{border-bottom-color:transparent;padding-bottom:0}
thead th.group:not(:empty){text-align:center;border-bottom:1px solid var(--rule)!important;padding-bottom:5px}
.number{text-align:right}
.remark{color:var(--muted);text-align:center}
.wraps :is(th,td){vertical-align:top}
.wraps :is(th,td):not(.number){white-space:normal}
.wraps tbody th{overflow-wrap:anywhere;min-width:8em}
.verdicts td,.verdicts tbody th{vertical-align:top}
.verdicts td:last-child{white-space:normal;overflow-wrap:anywhere}
.flag{color:var(--wrong);font-weight:650}
.pass{color:var(--good);font-weight:650}
.untested{color:var(--muted)}
.details th,.details td{white-space:normal;vertical-align:top;overflow-wrap:anywhere}
figure{margin:0 0 36px}
:is(.scroll,.narrow)>svg{display:block;max-width:100%;height:auto}
figcaption{font-size:14px;color:var(--muted);max-width:84ch;margin-top:10px}
figcaption strong{color:var(--ink);font-weight:650}
.swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:8px}
pre{background:var(--panel);border-radius:8px;padding:14px 16px;overflow-x:auto;font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
details{margin:12px 0}
summary{cursor:pointer;font-weight:650}
@media (max-width:760px){
main{padding:24px 16px 48px}
h1{font-size:25px}
:is(.scroll,.narrow)>svg{max-width:none}
section{margin-top:36px}
}
@media (max-width:640px){
.wide{display:none}
.narrow{display:block}
.narrow svg{width:100%;max-width:480px}
th,td{padding:7px 6px}
.wraps thead th{white-space:normal}
tr>:first-child{position:sticky;left:0;padding-left:0;background:var(--page)}
.details tr>:first-child{position:static}
.verdicts thead{display:none}
.verdicts tr{display:grid;grid-template-columns:1fr auto;padding:6px 0;border-bottom:1px solid var(--rule)}
.verdicts :is(th,td){border:0;padding:2px 0}
.verdicts td:last-child{grid-column:1/-1}
}
@media print{
main{max-width:none;padding:0}
nav{display:none}
section{border-top:0;margin-top:20px;padding-top:0}
figure,tr{break-inside:avoid}
h2,h3{break-after:avoid}
.scroll{overflow:visible;background:none}
.wide{display:block}
.narrow{display:none}
tr>:first-child{position:static}
:is(.scroll,.narrow)>svg{max-width:100%}
table{font-size:11px}
th,td{padding:4px 6px}
}
`;
