import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOutcomes, readStudy } from "../../src/study/study-folder.node.js";
import { fewDigits, interruptFovea, runFovea } from "../cli/run-fovea.js";
import { contentOfStudy } from "./content-of-study.js";

const entry = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));
const variables = fewDigits({ train: 650, test: 200 });
const manifest = {
  format: 1,
  models: ["cnn", "stn"],
  seeds: 2,
  data: "digits",
  recipe: { epochs: 3, learningRate: 0.1 },
};

let folder: string;
/** The study that one process trained undisturbed. */
let whole: unknown;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-processes-"));
  writeFileSync(join(folder, "study.json"), JSON.stringify(manifest));
  const { code, stdout } = runFovea(command("whole"), folder, variables);
  expect({ code, lines: stdout.match(/^\d\/4 .*_seed\d .*%/gm)?.length }).toEqual({
    code: 0,
    lines: 4,
  });
  whole = contentOf("whole");
});
afterAll(() => rmSync(folder, { recursive: true }));

const command = (out: string) => ["study", "study.json", "--out", out, "--threads", "2"];

/** Of a study in the test's folder. */
const contentOf = (out: string) => contentOfStudy(join(folder, out));

function start(out: string): ChildProcess {
  const env = { ...process.env, ...variables };
  return spawn(process.execPath, [entry, ...command(out)], { cwd: folder, env });
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));

test("two processes share a study, and end with the bits of one", async () => {
  const children = [start("shared"), start("shared")];
  const output = ["", ""];
  children.forEach((child, at) => {
    child.stdout!.on("data", (chunk) => {
      output[at] += chunk;
    });
  });
  expect(await Promise.all(children.map(ended))).toEqual([0, 0]);
  expect(contentOf("shared")).toEqual(whole);
  // Both trained, and none what the other did.
  const trained = output.map(
    (text) => text.match(/^\d\/4 {2}\S+ {2}[\d.]+ %(?!.*another process)/gm) ?? [],
  );
  expect(trained[0]!.length + trained[1]!.length).toBe(4);
});

test("a study that is killed again and again ends like one that was not", async () => {
  const moments = [150, 700, 50, 400];
  for (const moment of moments) {
    const child = start("killed");
    const exit = ended(child);
    await new Promise<void>((resolve) => {
      child.stdout!.once("data", () => resolve());
      child.once("exit", () => resolve());
    });
    await new Promise((resolve) => setTimeout(resolve, moment));
    child.kill("SIGKILL");
    await exit;
  }
  expect(runFovea(command("killed"), folder, variables)).toMatchObject({ code: 0 });
  expect(contentOf("killed")).toEqual(whole);
});

describe("Ctrl-C", () => {
  test("ends a study after the epochs that run; its folder alone is enough to go on", async () => {
    const stopped = await interruptFovea(command("stopped"), folder, "1/4", 1, variables);
    expect(stopped.stdout).toMatch(/^stopped; resume with:\n {2}fovea study resume stopped$/m);
    expect(stopped.code).toBe(130);
    const study = readStudy(join(folder, "stopped"));
    expect(readOutcomes(study).size).toBeLessThan(4);
    const status = runFovea(["study", "status", "stopped", "--json"], folder);
    expect(JSON.parse(status.stdout)).toMatchObject({ runs: 4, failed: 0, training: [] });

    const resumed = runFovea(["study", "resume", "stopped", "--threads", "1"], folder, variables);
    expect(resumed).toMatchObject({ code: 0 });
    expect(contentOf("stopped")).toEqual(whole);
  });
});
