import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { runFovea } from "./run-fovea.js";

test.each(["reproduce", "train", "evaluate", "report", "data", "bench"])(
  "fovea %s --help describes it, with an example",
  (command) => {
    const { code, stdout, stderr } = runFovea([command, "--help"], tmpdir());
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain(`Usage: fovea ${command}`);
    expect(stdout).toContain(`\n  $ fovea ${command}`);
  },
);

test("fovea alone shows what --help shows", () => {
  const bare = runFovea([], tmpdir());
  expect(bare).toEqual(runFovea(["--help"], tmpdir()));
  expect(bare).toMatchObject({ code: 0, stderr: "" });
});

test("fovea --version is that of package.json", () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  expect(runFovea(["--version"], tmpdir())).toEqual({
    code: 0,
    stdout: `${version}\n`,
    stderr: "",
  });
});

test("fovea data --json is JSON without escape codes", () => {
  const { code, stdout } = runFovea(["data", "--json"], tmpdir());
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ dataset: "digits" }));
});
