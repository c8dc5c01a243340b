import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "fovea-square-"));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What CONTRIBUTING.md says of one file. */
interface Instruction {
  readonly path: string;
  readonly language: string;
  readonly lines: readonly string[];
}

/** The files of its section "Add an op": a path in a line of its own, then a block of code. */
function instructions(): Instruction[] {
  const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const section = /^## Add an op\n(.*?)^## /ms.exec(text)![1]!;
  const blocks = section.matchAll(/^`([\w./-]+)`\n\n```(\w+)\n(.*?)^```$/gms);
  return Array.from(blocks, ([, path, language, code]) => ({
    path: path!,
    language: language!,
    lines: code!.trimEnd().split("\n"),
  }));
}

/** Writes a new file, or puts the lines with `+` after the line above them, which the file has once. */
function follow({ path, language, lines }: Instruction): void {
  const file = join(copy, path);
  if (language !== "diff") {
    expect(existsSync(file), `${path} is new`).toBe(false);
    writeFileSync(file, `${lines.join("\n")}\n`);
    return;
  }
  const text = readFileSync(file, "utf8").split("\n");
  let at = -1;
  for (const line of lines) {
    const rest = line.slice(1);
    if (line.startsWith("+")) {
      text.splice(++at, 0, rest);
      continue;
    }
    expect(
      text.filter((each) => each === rest),
      `${path} has this line once: ${rest}`,
    ).toHaveLength(1);
    at = text.indexOf(rest);
  }
  writeFileSync(file, text.join("\n"));
}

/** Runs a command in the copy; throws with its output where it fails. */
async function run(command: string, ...args: string[]): Promise<string> {
  const execute = promisify(execFile);
  try {
    const { stdout } = await execute(command, args, { cwd: copy, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}:\n${stdout}\n${stderr}`);
  }
}

/** Compiles the ops, the engine and the cases; the rest of dist/ is the copy's already. */
async function compile(): Promise<void> {
  const config = {
    extends: "./tsconfig.json",
    compilerOptions: { noEmit: false, rootDir: ".", outDir: "compiled" },
    include: ["src/graph", "src/engine", "test/graph/cases/square.ts"],
  };
  writeFileSync(join(copy, "tsconfig.square.json"), JSON.stringify(config));
  await run(tool("tsc"), "-p", "tsconfig.square.json");
  cpSync(join(copy, "compiled", "src"), join(copy, "dist"), { recursive: true });
}

const tool = (name: string) => join(root, "node_modules", ".bin", name);

describe("an op that is added as CONTRIBUTING.md says", () => {
  const files = instructions();

  it("touches five files", () => {
    expect(files.map(({ path }) => path)).toEqual([
      "src/graph/ops/square.ts",
      "src/graph/ops/index.ts",
      "src/graph/kernel-calls/pointwise.ts",
      "kernels/square.ts",
      "test/graph/cases/square.ts",
    ]);
  });

  it("compiles, is formatted and passes the contract of ops", async () => {
    const left = [".git", "node_modules", "results", "runs", "docs", "coverage"].map((name) =>
      join(root, name),
    );
    cpSync(root, copy, { recursive: true, filter: (from) => !left.includes(from) });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    files.forEach(follow);
    const sources = files.map(({ path }) => path).filter((path) => !path.startsWith("kernels/"));
    await run(tool("biome"), "check", "--vcs-enabled=false", ...sources);
    await compile();
    await run(process.execPath, "scripts/build-kernels.js", "--quick");
    const contract = ["test/graph/op-contract.test.ts", "test/graph/op-facts.test.ts"];
    const report = await run(tool("vitest"), "run", ...contract, "-t", "square", "--reporter=json");
    const { numPassedTests, numFailedTests } = JSON.parse(report);
    expect(numFailedTests).toBe(0);
    // Of 9 cases the derivatives and two builds, and the facts.
    expect(numPassedTests).toBeGreaterThan(27);
  });
});
