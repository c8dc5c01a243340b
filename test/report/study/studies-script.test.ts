import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runStudies } from "../../../scripts/studies/program.js";
import { parseManifest } from "../../../src/study/manifest.js";
import { runStudy } from "../../../src/study/run-study.node.js";
import { readOutcomes, readStudy } from "../../../src/study/study-folder.node.js";
import { accuracyTrainer, beginFake, studyData } from "../../study/fake-study.js";
import { expectWellFormed } from "../well-formed.js";

let folder: string;
let root: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-studies-"));
  root = join(folder, "root");
  const study = await beginFake(join(folder, "study"), { seeds: 3, name: "Two models" });
  const { trainerFor } = accuracyTrainer((model, seed, epoch) => {
    if (model === "stn" && seed === 2) return 10;
    return (model === "stn" ? 93 : 90) + ((3 * seed + epoch) % 4);
  });
  await runStudy({ folder: study, data: studyData, threads: 1 }, trainerFor);
});
afterAll(() => rmSync(folder, { recursive: true }));

const studies = (...args: string[]) => runStudies([...args, "--root", root]);
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("the pages are what npm run studies writes from results/studies/", async () => {
  const repository = fileURLToPath(new URL("../../../", import.meta.url));
  expect(await runStudies(["--check", "--root", repository])).toEqual({
    ...{ code: 0, stdout: "", stderr: "" },
  });
});

describe("a study of record", () => {
  test("has its files without weights, and pages with links that lead somewhere", async () => {
    const { code, stdout, stderr } = await studies("--record", join(folder, "study"), "two");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("written: docs/studies/two.md\n");
    expect(stdout).toContain("written: docs/figures/study-two-seeds.svg\n");
    const recorded = join(root, "results/studies/two");
    expect(readdirSync(recorded).sort()).toEqual([
      ...["manifest.json", "networks", "outcomes", "predictions.safetensors.gz", "runs"],
      "study.json",
    ]);
    expect(readdirSync(join(recorded, "runs/cnn_seed0")).sort()).toEqual([
      ...["metrics.csv", "run.json"],
    ]);
    const page = read("docs/studies/two.md");
    expect(page).toMatch(/^# Two models\n\n\*\*/);
    expect(page).toContain("1 of 6 runs collapsed or diverged (stn, seed 2)");
    expect(page).toContain("fovea study results/studies/two/manifest.json --out runs/two");
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      const path = join(dirname(join(root, "docs/studies/two.md")), link);
      expect(existsSync(path)).toBe(true);
      expectWellFormed(readFileSync(path, "utf8"));
    }
    expect(read("docs/studies/README.md")).toContain("## [Two models](two.md)");
  });

  test("is recorded before its runs end, as they stood at an epoch", async () => {
    const begun = await beginFake(join(folder, "begun"), { name: "Early", recipe: { epochs: 9 } });
    const { trainerFor } = accuracyTrainer(
      (model, _, epoch) => 80 + epoch + (model === "stn" ? 5 : 0),
    );
    await runStudy({ folder: begun, data: studyData, threads: 1, untilEpoch: 3 }, trainerFor);
    const record = (...args: string[]) => studies("--record", begun.directory, "early", ...args);
    expect(await record()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected a run that has ended, got none"),
    });
    expect(await record("--at-epoch", "4")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected a run with 4 epochs, got none"),
    });
    expect(await record("--at-epoch", "x")).toMatchObject({
      code: 2,
      stderr: "studies: --at-epoch: expected a whole number above 0, with --record, got x\n",
    });
    expect(await record("--at-epoch", "3")).toMatchObject({ code: 0 });
    const page = read("docs/studies/early.md");
    expect(page).toContain("Compared are accuracies on the 100 test images after epoch 3.");
    expect(page).toMatch(/stn is better than cnn by 5\.00 points|stn \| 88\.00/);
    expect(await studies("--check")).toMatchObject({ code: 0, stdout: "" });
    await runStudy({ folder: begun, data: studyData, threads: 1 }, trainerFor);
    await record();
    expect(read("docs/studies/early.md")).toContain("after the last epoch");
    rmSync(join(root, "results/studies/early"), { recursive: true });
    await studies();
  });

  test("is shown on the front page where that has a place for it", async () => {
    const page = (text: string) =>
      `# Front\n\n<!-- study two -->\n${text}<!-- /study two -->\n\n<!-- study gone -->\n<!-- /study gone -->\n`;
    writeFileSync(join(root, "README.md"), page(""));
    expect(await studies("--check")).toMatchObject({ code: 1, stdout: "differs: README.md\n" });
    expect(await studies()).toMatchObject({ code: 0 });
    const front = read("README.md");
    expect(front).toContain("![Accuracy of every seed](docs/figures/study-two-seeds.svg)");
    expect(front).toContain("| model | mean % | 95 % interval |");
    expect(front).toContain("](docs/studies/two.md).\n<!-- /study two -->\n");
    expect(await studies("--check")).toMatchObject({ code: 0, stdout: "" });
    rmSync(join(root, "README.md"));
  });

  test("is a study again, whose manifest trains the same runs", () => {
    const recorded = readStudy(join(root, "results/studies/two"));
    const original = readStudy(join(folder, "study"));
    expect(recorded.runs).toEqual(original.runs);
    expect(readOutcomes(recorded)).toEqual(readOutcomes(original));
    const manifest = JSON.parse(read("results/studies/two/manifest.json"));
    expect(parseManifest(manifest, "manifest.json")).toEqual(original.record.study);
  });

  test("recorded again has the same bytes, and a changed page is found and written again", async () => {
    const before = read("docs/studies/two.md");
    await studies("--record", join(folder, "study"), "two");
    expect(read("docs/studies/two.md")).toBe(before);
    expect(await studies("--check")).toMatchObject({ code: 0, stdout: "" });
    writeFileSync(join(root, "docs/studies/two.md"), "changed");
    writeFileSync(join(root, "docs/studies/gone.md"), "of no study");
    expect(await studies("--check")).toEqual({
      ...{ code: 1, stderr: "" },
      stdout: "differs: docs/studies/two.md\ndiffers: docs/studies/gone.md\n",
    });
    await studies();
    expect(read("docs/studies/two.md")).toBe(before);
    expect(existsSync(join(root, "docs/studies/gone.md"))).toBe(false);
  });

  test.each([
    [
      ["--record", "x"],
      "arguments: expected the folder of a study and a name with --record, got x",
    ],
    [["x"], "arguments: expected nothing without --record, got x"],
    [["--record", "--check", "a", "b"], "options: expected one of --record, --check, got both"],
    [
      ["--record", "nowhere", "b"],
      "nowhere: expected a folder of a study, got no such file or folder",
    ],
    [
      ["--record", "nowhere", "../b"],
      "--record: expected a name of letters, digits, dots, dashes and underscores, got ../b",
    ],
  ])("is refused for %j", async (args, message) => {
    expect(await studies(...args)).toEqual({
      code: 2,
      stdout: "",
      stderr: `studies: ${message}\n`,
    });
  });
});
