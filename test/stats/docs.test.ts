import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareModels } from "../../src/stats/compare.js";
import { pairedTests } from "../../src/stats/paired-tests.js";
import { sequentialBoundary } from "../../src/stats/sequential-boundary.js";
import { sequentialVerdict } from "../../src/stats/sequential-verdict.js";

const page = readFileSync(new URL("../../docs/statistics.md", import.meta.url), "utf8");
const rowOf = (name: string) =>
  new RegExp(`^\\| ${name} \\|(.*)\\|$`, "m").exec(page)![1]!.split("|").map(Number);

describe("the example of docs/statistics.md", () => {
  const [seeds, stn, cnn] = [rowOf("seed"), rowOf("stn"), rowOf("cnn")];

  it("has the numbers that the functions give", () => {
    const text = page.replace(/\s+/g, " ");
    const [pair] = compareModels([
      { model: "stn", seeds, values: stn, collapsed: 0 },
      { model: "cnn", seeds, values: cnn, collapsed: 0 },
    ]).pairs;
    const [low, high] = pair!.interval!.map((end) => end.toFixed(3));
    expect(text).toContain(`The difference stn − cnn is ${pair!.difference.toFixed(3)} points.`);
    expect(text).toContain(
      `interval is ${low} to ${high}, p = ${pair!.p!.toFixed(4)}: \`stn\` is better`,
    );
    expect(pair!.verdict).toBe("a");
    const tests = pairedTests(stn, cnn);
    expect(tests.signFlip.p).toBe(tests.signedRank.p);
    expect(text).toContain(`sign flips say p = ${tests.signFlip.p.toFixed(3)}`);
    const { estimate, interval } = tests.improvement;
    const [least, most] = [interval.low, interval.high].map((end) => (end * 100).toFixed(0));
    expect(text).toContain(`of ${(estimate * 100).toFixed(0)} % (${least} to ${most} %)`);
    expect(text).toContain(`show a difference of ${tests.detectable!.toFixed(3)} with`);
    const sequential = sequentialVerdict(stn, cnn, sequentialBoundary({ maxSeeds: 60 }), 0.05);
    const ends = [sequential.interval!.low, sequential.interval!.high].map((end) =>
      end.toFixed(3).replace("-", "−"),
    );
    expect(text).toContain(
      `says \`${sequential.verdict}\`: after eight seeds its interval is ${ends.join(" to ")}`,
    );
  });
});
