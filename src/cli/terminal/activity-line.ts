import type { WriteStream } from "node:tty";
import { isLive, lineRoom } from "./live.js";
import { oneLine } from "./output.js";

/** What is being done now, in one line of a terminal; nothing elsewhere. */
export class ActivityLine {
  constructor(private readonly stream: WriteStream) {}

  show(activity: string): void {
    if (!isLive(this.stream)) return;
    this.clear();
    this.stream.write(oneLine(activity).slice(0, lineRoom(this.stream)));
  }

  /** A line that stays. */
  note(text: string): void {
    this.clear();
    this.stream.write(`${oneLine(text)}\n`);
  }

  clear(): void {
    if (!isLive(this.stream)) return;
    this.stream.cursorTo(0);
    this.stream.clearLine(0);
  }
}
