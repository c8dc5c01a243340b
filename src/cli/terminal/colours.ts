import { isLive, type Screen } from "./live.js";
import { styleCode } from "./output.js";

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

/**
 * The colours for a stream. As Node does: `FORCE_COLOR` decides where it is set (`0` and `false` are no), then
 * `NO_COLOR` (no-color.org); else terminals that know escape codes have colours.
 */
export function coloursFor(stream: Screen, environment: NodeJS.ProcessEnv): Colours {
  const { FORCE_COLOR, NO_COLOR } = environment;
  if (FORCE_COLOR !== undefined) return /^(0|false)$/.test(FORCE_COLOR) ? plain : coloured;
  return isLive(stream, environment) && !NO_COLOR ? coloured : plain;
}

function same(text: string): string {
  return text;
}

function code(on: number, off: number): Paint {
  return (text) => `${styleCode(on)}${text}${styleCode(off)}`;
}
