import { counted } from "../../../numbers.js";
import { paragraph, type TableCell, tableBlock } from "../../../report/html-page.js";
import { escapeMarkup, unbroken } from "../../../report/markup.js";
import { shellWord } from "../../../shell-word.js";
import type { JudgedClaim } from "../claims/index.js";
import { figureTable, verdictCounts } from "./claim-figures.js";

/** Style rules of the section. */
export const claimsStyle = `.claims{list-style:none;margin:24px 0 0;padding:0}
.claims li{margin:0 0 22px}
.claims h3{margin:0 0 4px}
.claims p{margin:0 0 4px}
.claims details{margin:0}
.claims summary{font-weight:400;font-size:14px;color:var(--muted)}
.verdict{display:inline-block;border:1px solid;border-radius:999px;padding:0 10px;margin-right:4px;font-size:13.5px;font-weight:650;white-space:nowrap;color:var(--muted)}
.verdict.confirmed{color:var(--link)}
.verdict.not-confirmed{color:var(--wrong)}
@media (max-width:640px){
.claims :is(thead th,tbody :is(th,td):not(.number)){white-space:normal}
}
`;

/** The content of a section of claims. */
export interface ClaimsSection {
  readonly claims: readonly JudgedClaim[];
  /** The folder for `fovea claims --results` that holds these runs; absent where no folder holds them all. */
  readonly results?: string;
}

/**
 * The claims as the content of a report's section: each with verdict, reason and folded figures.
 * Figures of the study's checkpoints are the recorded ones.
 */
export function claimsMarkup({ claims, results }: ClaimsSection): string {
  const counts = `Of ${counted(claims.length, "statement")}, ${verdictCounts(claims)}.`;
  const rules =
    results === undefined
      ? '"fovea claims --markdown" prints the rules; its verdicts are about the runs of record, not about these runs.'
      : `"fovea claims --results ${shellWord(results)} --markdown" prints the rules.`;
  const lead = paragraph(
    `What "From Idea to Implementation" (H. S. Arslan, 2021) states, judged by these runs and by what the study published: its curves, and its three checkpoints, evaluated here and recorded in results/published/checkpoints.json. ${counts} ${rules}`,
  );
  return `${lead}\n<ul class="claims">\n${claims.map(claimMarkup).join("\n")}\n</ul>`;
}

function claimMarkup(claim: JudgedClaim): string {
  const kind = claim.verdict.replaceAll(" ", "-");
  return `<li>
<h3>${escapeMarkup(unbroken(claim.statement))}</h3>
<p><span class="verdict ${kind}">${claim.verdict}</span> ${escapeMarkup(unbroken(claim.reason))}</p>
${figuresMarkup(claim)}</li>`;
}

function figuresMarkup(claim: JudgedClaim): string {
  const { columns, rows } = figureTable(claim);
  if (rows.length === 0) return "";
  const head = columns.map(({ title, align }): TableCell => ({ text: title, align }));
  const body = rows.map((cells) =>
    cells.map((text, index): TableCell => ({ text, align: columns[index]!.align })),
  );
  const table = tableBlock([head, ...body], 1, `Figures: ${claim.statement}`);
  return `<details><summary>figures</summary>\n${table}\n</details>\n`;
}
