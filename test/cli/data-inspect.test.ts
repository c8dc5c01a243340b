import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, runEach } from "./run-fovea.js";

const train =
  "train lenet3 --data pictures --size 16 --epochs 2 --learning-rate 0.05 --batch-size 8";
const lines = {
  train: `${train} --out run`,
  json: "data inspect pictures --run run --json",
  page: "data inspect pictures --run run --html page.html",
  withoutRun: "data inspect pictures --size 16 --json",
  otherSize: "data inspect pictures --size 20 --run run",
  noRun: "data inspect pictures --run run/best.safetensors",
} as const;

let folder: string;
let answers: Record<keyof typeof lines, Answer>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-inspect-"));
  const draw = fileURLToPath(new URL("../../examples/draw-pictures.js", import.meta.url));
  spawnSync(process.execPath, [draw, "pictures", "40"], { cwd: folder });
  // A circle that somebody called a square, and a square that was called a circle.
  const [circle, square] = ["circle/7.png", "square/7.png"].map((path) =>
    join(folder, "pictures", path),
  ) as [string, string];
  renameSync(circle, `${circle}.kept`);
  renameSync(square, circle);
  renameSync(`${circle}.kept`, square);
  const found = runEach(
    Object.values(lines).map((line) => line.split(" ")),
    folder,
  );
  answers = Object.fromEntries(
    Object.keys(lines).map((name, at) => [name, found[at]!]),
  ) as typeof answers;
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("fovea data inspect --run", () => {
  it("reads the data as the run did, and lists what its network gets wrong, the surest first", () => {
    expect(answers.train.code).toBe(0);
    const { shape, counts, mistakes } = JSON.parse(answers.json.stdout);
    expect({ shape, counts }).toEqual({ shape: [16, 16, 3], counts: { train: 96, test: 24 } });
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.length).toBeLessThanOrEqual(24);
    const sure: number[] = mistakes.map((each: { probability: number }) => each.probability);
    expect(sure).toEqual([...sure].sort((a, b) => b - a));
    for (const { part, index, label, predicted } of mistakes) {
      expect(predicted).not.toBe(label);
      expect(index).toBeLessThan(counts[part]);
    }
  });

  it("prints the first of them with the names of classes, and shows them on the page", () => {
    const { code, stdout } = answers.page;
    expect(code).toBe(0);
    const [first] = JSON.parse(answers.json.stdout).mistakes;
    const names = ["circle", "square", "triangle"];
    expect(stdout).toContain("most confidently wrong:\n");
    expect(stdout).toContain(
      `  ${first.part} image ${first.index}: ${names[first.label]}, taken for ${names[first.predicted]} (`,
    );
    const page = readFileSync(join(folder, "page.html"), "utf8");
    expect(page).toContain(`aria-label="${first.part} image ${first.index}"`);
  });

  it("looks for none without a run", () => {
    expect(JSON.parse(answers.withoutRun.stdout).mistakes).toBeUndefined();
  });

  it.each<[keyof typeof lines, string]>([
    ["otherSize", "run: expected the run's data, pictures ("],
    ["noRun", "fovea data inspect: expected --run to be a run folder, got run/best.safetensors"],
  ])("%s is refused in one line", (name, message) => {
    const { code, stderr } = answers[name];
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n").at(-1)).toContain(message);
  });
});
