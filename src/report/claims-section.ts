import type { JudgedClaim } from "../study/claims/index.js";
import { claimFigures, measureInterval, measureValue, verdictCounts } from "./claim-figures.js";
import { paragraph, type TableCell, tableBlock } from "./html-page.js";
import { escapeMarkup } from "./markup.js";

const columns: readonly TableCell[] = [
  { text: "from" },
  { text: "network" },
  { text: "figure" },
  { text: "value", align: "right" },
  { text: "epoch", align: "right" },
  { text: "95 % interval", align: "right" },
];

/** The claims as the content of a report's section: a verdict and its reason each, figures folded. */
export function claimsMarkup(claims: readonly JudgedClaim[]): string {
  const lead = paragraph(
    `What "From Idea to Implementation" (H. S. Arslan, 2021) states, judged by these runs, its published curves and its checkpoints: ${verdictCounts(claims)}. "fovea claims --markdown" prints the rules.`,
  );
  return `${lead}\n<ul class="claims">\n${claims.map(claimMarkup).join("\n")}\n</ul>`;
}

function claimMarkup(claim: JudgedClaim): string {
  const kind = claim.verdict.replaceAll(" ", "-");
  return `<li>
<h3>${escapeMarkup(claim.statement)}</h3>
<p><span class="verdict ${kind}">${claim.verdict}</span> ${escapeMarkup(claim.reason)}</p>
${figuresMarkup(claim)}</li>`;
}

function figuresMarkup(claim: JudgedClaim): string {
  const rows = claimFigures(claim).map(({ source, measure }): TableCell[] => [
    { text: source },
    { text: measure.network },
    { text: measure.what },
    { text: measureValue(measure), align: "right" },
    { text: measure.epoch === undefined ? "" : String(measure.epoch), align: "right" },
    { text: measureInterval(measure), align: "right" },
  ]);
  if (rows.length === 0) return "";
  return `<details><summary>figures</summary>\n${tableBlock([columns, ...rows], 1, `Figures: ${claim.statement}`)}\n</details>\n`;
}
