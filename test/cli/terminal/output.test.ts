import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verdictLine } from "../../../src/cli/terminal/audit-display.js";
import { coloursFor } from "../../../src/cli/terminal/colours.js";
import { columnsOf, isLive, lineRoom } from "../../../src/cli/terminal/live.js";
import { guarded, guardOutput } from "../../../src/cli/terminal/output.js";
import { progressLine } from "../../../src/cli/terminal/progress-line.js";
import { anyText, hasActing } from "../../hostile-text.js";

const { bold, good } = coloursFor({ isTTY: true }, {});

/** A guarded stream, and what reached the terminal. */
function guardedStream(isTTY: boolean) {
  const written: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      written.push(String(chunk));
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  stream.isTTY = isTTY;
  guardOutput(stream);
  return { stream, written };
}

describe("what reaches the terminal", () => {
  test("our styles are codes, those of a text are shown", () => {
    expect(guarded(`${bold("\u001b[1mname\u001b[22m")}\n`)).toBe(
      "\u001b[1m\\u001b[1mname\\u001b[22m\u001b[22m\n",
    );
  });

  test("a text has no part in the styles, whatever it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = guarded(good(text));
        expect(shown.startsWith("\u001b[32m") && shown.endsWith("\u001b[39m")).toBe(true);
        expect(hasActing(shown.slice(5, -5), "\n")).toBe(false);
      }),
    );
  });

  test("the displays move the cursor, texts do not", () => {
    const { stream, written } = guardedStream(true);
    for (const move of ["\u001b[1G", "\u001b[2K", "\u001b[?25l", "\u001b[0J"]) stream.write(move);
    stream.write("\u001b[2K\n");
    stream.write("run: \u001b[2J");
    expect(written).toEqual([
      ...["\u001b[1G", "\u001b[2K", "\u001b[?25l", "\u001b[0J"],
      ...["\\u001b[2K\n", "run: \\u001b[2J"],
    ]);
  });

  test("no code at all where the stream is no terminal", () => {
    const { stream, written } = guardedStream(false);
    stream.write("\u001b[2K");
    expect(written).toEqual(["\\u001b[2K"]);
  });

  test("a line about a check is one line, whatever its finding names", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const line = verdictLine({ check: "noise", verdict: "flag", text });
        expect(hasActing(guarded(line))).toBe(false);
      }),
    );
  });
});

describe("terminals", () => {
  test.each<[string, { isTTY?: boolean }, NodeJS.ProcessEnv, boolean]>([
    ["a terminal", { isTTY: true }, {}, true],
    ["a file", {}, {}, false],
    ["TERM=dumb", { isTTY: true }, { TERM: "dumb" }, false],
    ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["NO_COLOR that is empty", { isTTY: true }, { NO_COLOR: "" }, true],
    ["FORCE_COLOR on a file", {}, { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR against NO_COLOR", {}, { FORCE_COLOR: "", NO_COLOR: "1" }, true],
    ["FORCE_COLOR=0", { isTTY: true }, { FORCE_COLOR: "0" }, false],
  ])("%s", (_, stream, environment, coloured) => {
    const shown = guarded(coloursFor(stream, environment).bold("a"));
    expect(shown).toBe(coloured ? "\u001b[1ma\u001b[22m" : "a");
  });

  test("nothing is drawn over where there are no escape codes", () => {
    expect(isLive({ isTTY: true }, {})).toBe(true);
    expect(isLive({ isTTY: true }, { TERM: "dumb" })).toBe(false);
    expect(isLive({}, {})).toBe(false);
  });

  test.each([
    [undefined, undefined, 79],
    [0, undefined, 79],
    [1, 1, 0],
    [100, 100, 99],
  ])("%s columns", (columns, known, room) => {
    expect(columnsOf({ columns })).toBe(known);
    expect(lineRoom({ columns })).toBe(room);
    const line = progressLine({ name: "cnn", epoch: 1, epochs: 2, done: 0.5 }, room);
    expect(line.length).toBeLessThanOrEqual(room);
  });
});
