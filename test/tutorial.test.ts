import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A command of the page and what the page says that it prints, or a file that the page asks for. */
type Step =
  | { readonly command: string; readonly printed: readonly string[] }
  | { readonly file: string; readonly content: string };

/** The page's commands and files, in order. */
function stepsOf(page: string): Step[] {
  const blocks = page.matchAll(/^([^\n]*)\n+```(console|js)\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, before, kind, content]): Step[] => {
    if (kind === "js") {
      const [, file] = /`([^`]+)`/.exec(before!) ?? [];
      return [{ file: file!, content: content! }];
    }
    return content!
      .split(/^\$ /m)
      .filter((part) => part !== "")
      .map((part) => {
        const [command, ...printed] = part.trimEnd().split("\n");
        return { command: command!, printed };
      });
  });
}

/** As npm installs them. */
const installed = ["fovea", "onnxruntime-web", "fast-png"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-tutorial-"));
  mkdirSync(join(folder, "node_modules"));
  for (const name of installed) {
    const target = name === "fovea" ? root : join(root, "node_modules", name);
    symlinkSync(target, join(folder, "node_modules", name));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a command prints to stdout. The page's commands need no shell. */
function run(command: string): string {
  const [program, ...words] = command.split(" ");
  const args = program === "npx" ? [join(root, "dist/cli/fovea.js"), ...words.slice(1)] : words;
  const env = { ...process.env, npm_lifecycle_event: "npx", npm_package_name: "" };
  const options = { cwd: folder, env, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  expect({ command, status }, stderr).toEqual({ command, status: 0 });
  return stdout;
}

/** A line without what differs between machines: numbers, widths, the classes after the first, who leads by chance. */
function lasting(line: string): string {
  return line
    .replace(/ %\s+[\w,]+ .*$/, " %")
    .replace(/; \w+ is ahead by .*$/, "")
    .replace(/[−-]?\d[\d.,]*/g, "#")
    .replace(/─+/g, "─")
    .replace(/\s+/g, " ")
    .trim();
}

/** Parts of the page's text between lines that were left out, each of which has to be printed as it stands, in order. */
function expectPrinted(printed: readonly string[], stdout: string): void {
  const lines = stdout.split("\n").map(lasting).filter(Boolean);
  let rest = `\n${lines.join("\n")}\n`;
  const isWhole = !printed.includes("…");
  const expected = printed.map(lasting).filter(Boolean);
  const parts = expected.join("\n").split(/^…$/m);
  for (const part of parts.map((each) => `\n${each.trim()}\n`)) {
    if (part.trim() === "") continue;
    const at = rest.indexOf(part);
    expect(at, `${part} in ${rest}`).toBeGreaterThanOrEqual(0);
    rest = rest.slice(at + part.length - 1);
  }
  if (isWhole) expect(lines).toHaveLength(expected.length);
}

const steps = stepsOf(readFileSync(join(root, "docs/tutorial.md"), "utf8"));
const done = (command: string) =>
  steps.some((step) => "command" in step && step.command === command);

describe("the tutorial", () => {
  it("has its commands", () => {
    const commands = steps.flatMap((step) => ("command" in step ? [step.command] : []));
    const used = commands.map((each) => each.split(" ").slice(0, 3).join(" "));
    for (const name of [
      "data",
      "new",
      "explain",
      "find-lr",
      "train",
      "report",
      "compare",
      "predict",
    ]) {
      expect(used).toContain(`npx fovea ${name}`);
    }
    const named = commands.flatMap(
      (each) => /^npm install (.*)$/.exec(each)?.[1]?.split(" ") ?? [],
    );
    expect(named).toEqual(installed);
    expect(done("npm init -y")).toBe(true);
  });

  it("prints what it says, command after command", () => {
    for (const step of steps) {
      if ("file" in step) writeFileSync(join(folder, step.file), step.content);
      else if (!step.command.startsWith("npm ")) expectPrinted(step.printed, run(step.command));
    }
    const made = ["pictures.html", "shapes.svg", "rates.html", "runs/shapes/report.html"];
    for (const file of [...made, "page/index.html"]) {
      expect({ file, isThere: existsSync(join(folder, file)) }).toEqual({ file, isThere: true });
    }
  }, 1_800_000);
});

describe("a difference is seen", () => {
  it.each<[string, readonly string[], string, boolean]>([
    ["other numbers", ["a 1.5 %"], "a 22 %\n", true],
    ["another word", ["a 1"], "b 1\n", false],
    ["one line more", ["a 1"], "a 1\nb 2\n", false],
    ["lines that were left out", ["a 1", "…", "d 4"], "a 1\nb 2\nc 3\nd 4\n", true],
    ["another order", ["a 1", "…", "d 4"], "d 4\nc 3\na 1\n", false],
  ])("%s", (_, printed, stdout, isSame) => {
    const compare = () => expectPrinted(printed, stdout);
    if (isSame) compare();
    else expect(compare).toThrow();
  });
});
