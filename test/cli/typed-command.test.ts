import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { typedCommand } from "../../src/cli/typed-command.js";
import { shellWord } from "../../src/shell-word.js";

test.each<[string, NodeJS.ProcessEnv, string, string]>([
  ["a shell", {}, "/usr/bin/fovea", "fovea"],
  [
    "node, below this folder",
    {},
    "/home/me/fovea/dist/cli/fovea.js",
    "node fovea/dist/cli/fovea.js",
  ],
  ["node, elsewhere", {}, "/opt/my apps/fovea.js", "node '/opt/my apps/fovea.js'"],
  ["npm run fovea", { npm_lifecycle_event: "fovea" }, "", "npm run fovea --"],
  [
    "npm start",
    { npm_lifecycle_event: "start", npm_package_name: "fovea" },
    "",
    "npm run fovea --",
  ],
  [
    "npm in a folder below",
    { npm_lifecycle_event: "start", INIT_CWD: "/home/me/src" },
    "",
    "npm run fovea --",
  ],
  [
    "npm --prefix",
    { npm_lifecycle_event: "start", INIT_CWD: "/home" },
    "",
    "npm --prefix /home/me run fovea --",
  ],
  ["npx", { npm_lifecycle_event: "npx", npm_package_name: "mine" }, "", "npx fovea"],
  [
    "another package's script",
    { npm_lifecycle_event: "go", npm_package_name: "mine" },
    "",
    "npx fovea",
  ],
])("a command started by %s", (_, environment, script, typed) => {
  const start = { environment, script, folder: "/home/me" };
  expect(typedCommand("train cnn", start)).toBe(`${typed} train cnn`);
});

test("what is printed works as typed, with spaces and quotes in paths", () => {
  const parent = mkdtempSync(join(tmpdir(), "fovea-typed-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "it's here");
  mkdirSync(folder);
  symlinkSync(fileURLToPath(new URL("../../dist", import.meta.url)), join(folder, "dist"));
  const script = join(folder, "dist/cli/fovea.js");
  const command = typedCommand(`train --resume ${shellWord(folder)} --help`, {
    environment: {},
    script,
    folder: "/",
  });
  expect(execFileSync("sh", ["-c", command], { cwd: "/", encoding: "utf8" })).toContain(
    "fovea train --resume RUN",
  );
});
