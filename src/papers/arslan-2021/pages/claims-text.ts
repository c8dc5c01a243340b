import { counted } from "../../../numbers.js";
import { wrapped } from "../../../report/wrapped.js";
import type { Measure } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/index.js";
import {
  claimSources,
  measureInterval,
  measureLoss,
  measureValue,
  verdictCounts,
} from "./claim-figures.js";

const widest = 98;
const narrowest = 40;
const sourceWidth = Math.max(...claimSources.map(({ title }) => title.length)) + 2;

/**
 * Claims as text for a terminal: a block per claim, then the number of claims with each verdict.
 *
 * @param width columns of the terminal; lines have at most 98 characters
 * @param bold formats a claim's first line
 */
export function claimsText(
  claims: readonly JudgedClaim[],
  width = widest,
  bold: (text: string) => string = (text) => text,
): string {
  const columns = Math.max(narrowest, Math.min(widest, width));
  const blocks = claims.map((claim) => {
    const heading = wrapped(claim.statement, columns).map(bold);
    const verdict = indented(`${claim.verdict}: ${claim.reason}`, 2, columns);
    return [...heading, ...verdict, ...figureLines(claim, columns)];
  });
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n\nOf ${counted(claims.length, "statement")}, ${verdictCounts(claims)}.\n`;
}

/** One line per figure; the first line of each source names the source. */
function figureLines(claim: JudgedClaim, columns: number): string[] {
  return claimSources.flatMap(({ key, title }) =>
    (claim[key] ?? []).flatMap((measure, index) => {
      const name = (index === 0 ? title : "").padEnd(sourceWidth);
      const lines = indented(measureLine(measure), 2 + sourceWidth, columns);
      return lines.map((line, i) => (i === 0 ? `  ${name}${line.trimStart()}` : line));
    }),
  );
}

/** `stn, best of 300 epochs: 99.32 % @ 235 (99.14 to 99.46 %), loss 0.0361` */
function measureLine(measure: Measure): string {
  const { network, what, epoch } = measure;
  const at = epoch === undefined ? "" : ` @ ${epoch}`;
  const interval = measureInterval(measure);
  const loss = measureLoss(measure);
  const beside = `${interval && ` (${interval})`}${loss && `, loss ${loss}`}`;
  return `${network}, ${what}: ${measureValue(measure)}${at}${beside}`;
}

function indented(text: string, by: number, columns: number): string[] {
  return wrapped(text, columns - by).map((line) => " ".repeat(by) + line);
}
