import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("torture.js", import.meta.url));

function torture(...args: string[]) {
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

/** A few cases of each part; `npm run torture` has thousands. */
test.each([
  ["kills", 10, /^kills +10 +0 +0 +10 +0 +0 +0 +0 +0$/m],
  ["refusals", 10, /^refusals +10 +\d+ +\d+ +10 +0 +0 +0 +0 +0$/m],
  ["writers", 1, /^writers +1 +[12] +0 +1 +0 +0 +0 +0 +0$/m],
  ["folders", 40, /^folders +40 +\d+ +\d+ +0 +0 +0 +0 +0 +0$/m],
])("%s: %i cases are survived", (part, cases, row) => {
  const { status, stdout, stderr } = torture("--only", part, "--cases", `${cases}`);
  expect(stderr).toBe("");
  expect(stdout).toMatch(row);
  expect(status).toBe(0);
});

test("a part that is not there is named", () => {
  const { status, stderr } = torture("--only", "kills,hangs");
  expect(stderr).toBe(
    "torture: expected --only to be of kills, refusals, writers, folders, soak, got hangs\n",
  );
  expect(status).toBe(2);
});
