import { describe, expect, it } from "vitest";
import { verdictLine } from "../../../src/cli/terminal/audit-display.js";
import { coloursFor } from "../../../src/cli/terminal/colours.js";
import { guarded } from "../../../src/cli/terminal/output.js";

const result = {
  check: "noise",
  verdict: "flag",
  text: "99.22 %, 95 % interval 99.03 to 99.37; one seed shows differences from 0.35 points",
} as const;

describe("verdictLine", () => {
  it("is one line for programs", () => {
    expect(verdictLine(result)).toBe(`flag        noise            ${result.text}`);
  });

  it("breaks the finding under its beginning on a terminal", () => {
    expect(verdictLine(result, 80)).toBe(
      [
        "flag        noise            99.22 %, 95 % interval 99.03 to 99.37; one seed",
        "                             shows differences from 0.35 points",
      ].join("\n"),
    );
  });

  it("puts the finding below where a terminal is narrow", () => {
    expect(verdictLine(result, 60)).toBe(
      [
        "flag        noise          ",
        "    99.22 %, 95 % interval 99.03 to 99.37; one seed shows",
        "    differences from 0.35 points",
      ].join("\n"),
    );
  });

  it("has colours only on terminals", () => {
    const colours = coloursFor({ isTTY: true }, {});
    expect(guarded(verdictLine(result, 200, colours))).toBe(
      `\u001b[33mflag      \u001b[39m  \u001b[1mnoise          \u001b[22m  ${result.text}`,
    );
    expect(coloursFor({ isTTY: true }, { NO_COLOR: "1" }).warning("a")).toBe("a");
  });
});
