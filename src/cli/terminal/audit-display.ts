import type { WriteStream } from "node:tty";
import { SingleBar } from "cli-progress";
import type { CheckResult } from "../../audit/audit.js";
import { type CheckName, checkNames, checkTitle } from "../../audit/check-names.js";
import { type Colours, plain } from "./colours.js";
import { isLive, lineRoom } from "./live.js";
import { oneLine } from "./output.js";

const titleWidth = Math.max(...checkNames.map((name) => checkTitle(name).length));
const verdictWidth = "not tested".length;
const gap = "  ";
/** Where text begins. */
const indent = verdictWidth + titleWidth + 2 * gap.length;
/** A terminal that is narrower than this gets the text below the verdict. */
const leastText = 40;

/**
 * A check's verdict and finding. Without columns it is one line, as programs want it; with them the
 * finding is broken into lines under its beginning.
 */
export function verdictLine(
  { check, verdict, text }: CheckResult,
  columns?: number,
  colours: Colours = plain,
): string {
  const paint = { pass: colours.good, flag: colours.warning, "not tested": colours.dim }[verdict];
  const head = `${paint(verdict.padEnd(verdictWidth))}${gap}${colours.bold(checkTitle(check).padEnd(titleWidth))}`;
  const finding = oneLine(text);
  if (columns === undefined) return `${head}${gap}${finding}`;
  const beside = columns - indent >= leastText;
  const margin = beside ? indent : 4;
  const lines = wrap(finding, Math.max(20, columns - margin - 1));
  const below = `\n${" ".repeat(margin)}`;
  return `${head}${beside ? gap : below}${lines.join(below)}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A live line about the check that runs, on terminals only. */
export class AuditDisplay {
  readonly #bar: SingleBar;
  #line = "";
  #active = false;

  constructor(private readonly stream: WriteStream) {
    this.#bar = new SingleBar({
      stream,
      hideCursor: true,
      clearOnComplete: true,
      format: () => this.#line.slice(0, lineRoom(stream)),
    });
  }

  readonly progress = (check: CheckName, done: number): void => {
    this.#line = `${checkTitle(check)}  ${Math.round(done * 100)} %`;
    if (!isLive(this.stream)) return;
    if (this.#active) this.#bar.update(done);
    else this.#bar.start(1, done);
    this.#active = true;
  };

  /** Takes the line away; the next progress brings it back. */
  close(): void {
    if (this.#active) this.#bar.stop();
    this.#active = false;
  }
}
