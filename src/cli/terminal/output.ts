import { randomBytes } from "node:crypto";
import { escapeControls } from "../../escape-controls.js";

const escapeCode = "\u001b";

/** Stands before the codes of our own styles. It is random, so that no name, path or file can hold it. */
const mark = `${escapeCode}${randomBytes(8).toString("hex")}`;
const ownStyle = new RegExp(`${mark}\\[(\\d+)m`);

/** Codes that move the cursor, clear or hide: written by the displays alone, and never together with text. */
const moves = /^(\[\??[\d;]*[A-Za-z])+$/;

/** A style's code (ECMA-48, SGR) for text that goes through a guarded stream. */
export function styleCode(code: number): string {
  return `${mark}[${code}m`;
}

/** What a guarded stream writes for a text: our styles as codes, all other control characters visible. */
export function guarded(text: string): string {
  return text
    .split(ownStyle)
    .map((part, index) => (index % 2 === 1 ? `${escapeCode}[${part}m` : escapeControls(part, "\n")))
    .join("");
}

function isMove(text: string): boolean {
  return (
    text.startsWith(escapeCode) &&
    text
      .split(escapeCode)
      .slice(1)
      .every((code) => moves.test(code))
  );
}

/**
 * From now on, whatever is written to the stream is escaped: text from files, names and paths cannot act on the
 * terminal or reverse a line. This is the only place that does it, and nothing can be written past it.
 */
export function guardOutput(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  const guardedWrite = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (typeof chunk !== "string" || (stream.isTTY && isMove(chunk))) return write(chunk, ...rest);
    return write(guarded(chunk), ...rest);
  };
  stream.write = guardedWrite as typeof stream.write;
}

/** A text on one line: line breaks in it, from names and paths, become visible. */
export function oneLine(text: string): string {
  return text.replaceAll("\n", "\\u000a");
}

/** Writes lines to stdout. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${oneLine(line)}\n`).join(""));
}

/**
 * Writes a text of several lines to stdout. Line breaks stay: in names and other text from files the caller escapes
 * them.
 */
export function printBlock(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Writes the stack of a defect to stderr. */
export function noteStack(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}

/** Writes a line to stderr. */
export function note(line: string): void {
  process.stderr.write(`${oneLine(line)}\n`);
}
