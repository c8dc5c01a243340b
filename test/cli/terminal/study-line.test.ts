import { describe, expect, test } from "vitest";
import { studyLine } from "../../../src/cli/terminal/study-line.js";

const progress = {
  ...{ ended: 12, runs: 40, running: 2, part: 0.5, left: 200 },
  bad: [
    { kind: "collapsed", count: 1 },
    { kind: "diverged", count: 0 },
    { kind: "failed", count: 2 },
  ],
};

describe("studyLine", () => {
  test.each([
    [
      200,
      "████████████░░░░░░░░░░░░  12 of 40 runs ended, 1 collapsed, 2 failed, 2 running, 3:20 left",
    ],
    [80, "12 of 40 runs ended, 1 collapsed, 2 failed, 2 running, 3:20 left"],
    [60, "12/40 ended, 1 collapsed, 2 failed, 2 running, 3:20 left"],
    [40, "12/40 ended, 3 wrong, 3:20 left"],
    [20, "12/40  3:20 left"],
    [3, "12/"],
  ])("in %d columns", (columns, line) => {
    expect(studyLine(progress, columns)).toBe(line);
  });

  test("is never wider than the terminal", () => {
    for (let columns = 0; columns < 120; columns++) {
      expect(studyLine(progress, columns).length).toBeLessThanOrEqual(columns);
    }
  });

  test("says nothing of what it does not know", () => {
    const begin = { ended: 0, runs: 1, running: 1, part: 0, left: undefined, bad: [] };
    expect(studyLine(begin, 30)).toBe("0 of 1 run ended, 1 running");
  });
});
