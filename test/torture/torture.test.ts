import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("torture.js", import.meta.url));

function torture(...args: string[]) {
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

/** A few cases of each part; `npm run torture` has thousands, and studies and queues, which have tests of their own. */
test.each([
  ["kills", 2, /^kills +2 +0 +0 +2 +0 +0 +0 +0 +0$/m],
  ["refusals", 3, /^refusals +3 +\d+ +\d+ +3 +0 +0 +0 +0 +0$/m],
  ["writers", 1, /^writers +1 +[12] +0 +1 +0 +0 +0 +0 +0$/m],
  ["folders", 10, /^folders +10 +\d+ +\d+ +0 +0 +0 +0 +0 +0$/m],
])("%s: %i cases are survived", (part, cases, row) => {
  const { status, stdout, stderr } = torture("--only", part, "--cases", `${cases}`);
  expect(stderr).toBe("");
  expect(stdout).toMatch(row);
  expect(status).toBe(0);
});

test("a part for which no time is left tries one case at least", () => {
  const { status, stdout } = torture("--only", "refusals", "--minutes", "0");
  expect(stdout).toMatch(/^refusals +[12] /m);
  expect(status).toBe(0);
});

test("its usage is printed", () => {
  const { status, stdout, stderr } = torture("--help");
  expect(stdout).toMatch(/^npm run torture -- \[--minutes 5\]/);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test.each([
  [["--only", "kills,hangs"], /^--only to be of kills, [a-z, ]+, got "hangs"$/],
  [["--only", "toString"], /^--only to be of kills, [a-z, ]+, got "toString"$/],
  [["--odd"], /^--help, --minutes, [-a-z, ]+, got --odd$/],
  [["-m", "3"], /^--help, --minutes, [-a-z, ]+, got -m$/],
  [["--seed"], /^a value after --seed, got none$/],
  [["3"], /^options alone, got 3$/],
  [["--seed", "1.5"], /^--seed to be a whole number, 0 or more, got "1.5"$/],
  [["--cases", ""], /^--cases to be a whole number, 1 or more, got ""$/],
  [["--minutes", "1e999"], /^--minutes to be a number, 0 or more, got "1e999"$/],
  [["--minutes", "-3"], /^--minutes to be a number, 0 or more, got "-3"$/],
])("%j is refused in a line", (args, complaint) => {
  const { status, stdout, stderr } = torture(...args);
  expect(stderr).toMatch(/^torture: expected .*\n$/);
  expect(stderr.trimEnd().slice("torture: expected ".length)).toMatch(complaint);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
});

test.each(["../fuzz/fuzz.js", "../nodes/nodes.js", "../engine/soak.js"])(
  "%s prints its usage and refuses odd options",
  (name) => {
    const path = fileURLToPath(new URL(name, import.meta.url));
    const run = (option: string) =>
      spawnSync(process.execPath, [path, option], { encoding: "utf8" });
    expect(run("--help")).toMatchObject({ status: 0, stderr: "" });
    const { status, stderr } = run("--odd");
    expect(stderr).toMatch(/^[a-z]+: expected --help.*, got --odd\n$/);
    expect(status).toBe(2);
  },
);
