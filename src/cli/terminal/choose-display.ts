import type { WriteStream } from "node:tty";
import { coloursFor } from "./colours.js";
import { isLive } from "./live.js";
import { LiveDisplay } from "./live-display.js";
import { PlainDisplay } from "./plain-display.js";
import type { TrainingDisplay } from "./training-display.js";

/** A live line a model on a terminal, a plain line an epoch elsewhere. */
export function trainingDisplay(
  models: readonly string[],
  stream: WriteStream,
  environment: NodeJS.ProcessEnv,
): TrainingDisplay {
  const nameWidth = Math.max(...models.map((name) => name.length));
  return isLive(stream, environment)
    ? new LiveDisplay(stream, nameWidth, coloursFor(stream, environment))
    : new PlainDisplay(stream, nameWidth);
}
