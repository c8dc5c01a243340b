import type { WriteStream } from "node:tty";

type Paint = (text: string) => string;

/** Ways to make text stand out; each leaves the text as it is where colours are not wanted. */
export interface Colours {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly accent: Paint;
  readonly good: Paint;
  readonly warning: Paint;
}

/** No colours. */
export const plain: Colours = { bold: same, dim: same, accent: same, good: same, warning: same };

const coloured: Colours = {
  bold: code(1, 22),
  dim: code(2, 22),
  accent: code(36, 39),
  good: code(32, 39),
  warning: code(33, 39),
};

/** The colours for a stream: none where it is no terminal, or `NO_COLOR` (no-color.org) is set. */
export function coloursFor(
  stream: Pick<WriteStream, "isTTY">,
  environment: NodeJS.ProcessEnv,
): Colours {
  const wanted = stream.isTTY && !environment.NO_COLOR && environment.TERM !== "dumb";
  return wanted ? coloured : plain;
}

function same(text: string): string {
  return text;
}

function code(on: number, off: number): Paint {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}
