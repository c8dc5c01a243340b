import type { WriteStream } from "node:tty";

/** What is being done now, in one line of a terminal; nothing elsewhere. */
export class ActivityLine {
  constructor(private readonly stream: WriteStream) {}

  show(activity: string): void {
    if (!this.stream.isTTY) return;
    this.clear();
    this.stream.write(activity.slice(0, (this.stream.columns || 80) - 1));
  }

  /** A line that stays. */
  note(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  clear(): void {
    if (!this.stream.isTTY) return;
    this.stream.cursorTo(0);
    this.stream.clearLine(0);
  }
}
