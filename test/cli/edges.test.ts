import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anyText, hasActing } from "../hostile-text.js";
import { runEach, runFovea } from "./run-fovea.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entry = join(root, "dist/cli/fovea.js");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-edges-"));
  chmodSync(folder, 0o777);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command line with nothing in the environment but what is given. */
function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  options: { readonly uid?: number; readonly out?: string } = {},
) {
  const { uid, out = "pipe" } = options;
  const stdout = out === "pipe" ? "pipe" : openSync(out, "w");
  const {
    status,
    stdout: text,
    stderr,
  } = spawnSync(process.execPath, [entry, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    encoding: "utf8",
    stdio: ["ignore", stdout, "pipe"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  if (typeof stdout === "number") closeSync(stdout);
  return { code: status, stdout: text, stderr };
}

describe.skipIf(process.getuid?.() !== 0)("a user without name and home", () => {
  const nobody = { uid: 54_321 };

  test("commands that do not need them work", () => {
    const data = run(["data"], {}, nobody);
    expect(data).toMatchObject({ code: 0, stderr: "" });
    expect(data.stdout).toContain("digits  built in");
    expect(data.stdout).toContain("a home folder for the cache");
    expect(run(["--version"], {}, nobody)).toMatchObject({ code: 0, stderr: "" });
  });

  test("others say one line", () => {
    writeFileSync(join(folder, "weights.pt"), "");
    expect(run(["bench"], {}, nobody)).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "fovea bench: data: expected a home folder for the cache (or MNIST's folder in FOVEA_DATA or chosen as data, or the data digits), got none\n",
    });
  });
});

describe("output that cannot be written", () => {
  test
    .skipIf(!existsSync("/dev/full"))
    .each([["--help"], ["data --json"], ["train cnn --epochs 1 --data digits --out full"]])(
    "%s on a full disk is one line",
    (command) => {
      expect(run(command.split(" "), { HOME: folder }, { out: "/dev/full" })).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(
          /^(writing the built-in digits\n)?fovea: standard output: expected output that can be written, got a full disk\n$/,
        ),
      });
    },
  );

  test("a reader that goes away ends it quietly", () => {
    const command = `"${process.execPath}" "${entry}" help train | true; echo \${PIPESTATUS[0]}`;
    const { stdout, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
    expect(stdout.trim()).toMatch(/^(0|141)$/);
    expect(stderr).toBe("");
  });
});

test.skipIf(process.platform === "win32")("too few open files are one line", () => {
  const command = `ulimit -n 28; "${process.execPath}" "${entry}" data`;
  const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^fovea[^\n]*: expected files that can be opened, got too many open files[^\n]*\n$/,
  );
});

describe("a cache that cannot be written", () => {
  test("is one line with the folder, and no reason to take other data", () => {
    writeFileSync(join(folder, "file"), "");
    const answer = run(["bench"], { XDG_CACHE_HOME: join(folder, "file") });
    expect(answer).toEqual({
      code: 2,
      stdout: "",
      stderr: `fovea bench: ${folder}/file/fovea/mnist: expected a folder that can be written, got a file that is no folder\n`,
    });
  });

  test.skipIf(process.getuid?.() !== 0)("also where it is read-only", () => {
    mkdirSync(join(folder, "read-only"), { mode: 0o555 });
    const env = { XDG_CACHE_HOME: join(folder, "read-only"), HOME: folder };
    expect(run(["bench"], env, { uid: 54_321 })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /fovea\/mnist: expected a folder that can be written, got permission denied\n$/,
      ),
    });
  });
});

describe("control and bidirectional characters", () => {
  test("none gets through any command, whatever is typed", () => {
    // What the system can pass: no NUL in an argument.
    const typed = anyText.filter((text) => !text.includes("\0") && !text.startsWith("-"));
    const commands = [
      (text: string) => [text],
      (text: string) => ["train", text],
      (text: string) => ["train", "cnn", "--epochs", text],
      (text: string) => ["train", "cnn", "--data", `./${text}`],
      (text: string) => ["train", "--resume", `./${text}`],
      (text: string) => ["evaluate", `./${text}`],
      (text: string) => ["audit", `./${text}`, "--only", text],
      (text: string) => ["report", `./${text}`],
      (text: string) => ["claims", "--results", `./${text}`],
      (text: string) => ["export", `./${text}`, `./${text}.pt`],
      (text: string) => ["help", text],
      (text: string) => ["data", text],
    ];
    const texts = fc.sample(typed, { numRuns: 12, seed: 1 });
    const lines = texts.flatMap((text) => commands.map((command) => command(text)));
    const answers = runEach(lines, folder);
    expect(answers).toHaveLength(lines.length);
    answers.forEach(({ stdout, stderr, code }, index) => {
      const about = JSON.stringify(lines[index]);
      expect(hasActing(stdout + stderr, "\n"), about).toBe(false);
      // One line, whatever line breaks the path has; help is for nothing typed.
      if (code !== 0) expect(stderr, about).toMatch(/^[^\n]+\n$/);
    });
  });

  test("nor those of paths in JSON, which keeps its value", () => {
    const path = join(folder, "bidi\u202e\u009b1m");
    mkdirSync(path);
    const { stdout } = runFovea(["data", "--json"], folder, { FOVEA_DATA: path });
    expect(hasActing(stdout, "\n")).toBe(false);
    expect(JSON.parse(stdout)[0]).toMatchObject({ path });
  });
});

describe("in a folder that is not built", () => {
  test("npm's scripts say what to do", () => {
    const bare = join(folder, "bare");
    mkdirSync(join(bare, "scripts"), { recursive: true });
    for (const name of ["fovea.js", "prepare.js"]) {
      cpSync(join(root, "scripts", name), join(bare, "scripts", name));
    }
    writeFileSync(join(bare, "package.json"), '{ "type": "module" }');
    const script = (name: string) => {
      const { status, stderr } = spawnSync(process.execPath, [`scripts/${name}`], {
        cwd: bare,
        encoding: "utf8",
      });
      return { status, stderr };
    };
    expect(script("fovea.js")).toEqual({
      status: 2,
      stderr:
        "fovea: expected dist/cli/fovea.js, got no such file: run npm run build (after npm ci --include=dev)\n",
    });
    expect(script("prepare.js")).toEqual({
      status: 0,
      stderr:
        "fovea: not built, as development packages are left out; run npm ci --include=dev, which builds\n",
    });
  });

  test("a build clears what has no source, and nothing else", () => {
    const built = join(folder, "built");
    for (const name of ["src", "dist/engine"]) mkdirSync(join(built, name), { recursive: true });
    writeFileSync(join(built, "src/a.ts"), "");
    const kept = ["a.js", "a.d.ts", "a.js.map", "engine/kernels.wasm"];
    for (const name of [...kept, "b.js", "b.d.ts", "engine/c.js.map"]) {
      writeFileSync(join(built, "dist", name), "");
    }
    spawnSync(process.execPath, [join(root, "scripts/clear-stale.js")], { cwd: built });
    for (const name of kept) expect(existsSync(join(built, "dist", name)), name).toBe(true);
    for (const name of ["b.js", "b.d.ts", "engine/c.js.map"]) {
      expect(existsSync(join(built, "dist", name)), name).toBe(false);
    }
  });
});
