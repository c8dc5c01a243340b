/** What is asked of a stream before something is drawn on it. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Whether lines can be drawn over again: on a terminal that knows escape codes. */
export function isLive(stream: Screen, environment: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && environment.TERM !== "dumb";
}

/** Columns of the terminal; undefined where it does not say, as some do with 0. */
export function columnsOf({ columns }: Screen): number | undefined {
  return columns || undefined;
}

/** Columns for a line that is drawn over again. The last one stays free: some terminals wrap when it is written. */
export function lineRoom(stream: Screen): number {
  return (columnsOf(stream) ?? 80) - 1;
}
