import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadKernels } from "../src/engine/build.js";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const { exports, imports, bin } = JSON.parse(read("package.json"));

/** What a bundler for browsers reads from an entry: the files, and the packages and modules outside. */
function browserClosure(entry: string): { files: string[]; outside: string[] } {
  const files = new Set<string>();
  const outside = new Set<string>();
  const visit = (path: string) => {
    if (files.has(path)) return;
    files.add(path);
    const specifiers = read(path).matchAll(/^(?:import|export)\b(?:[^"';]*\bfrom)? ?"([^"]+)";$/gm);
    for (const [, specifier] of specifiers) {
      const target = imports[specifier!]?.browser ?? specifier!;
      const base = imports[specifier!] ? root : new URL(path, root);
      if (target.startsWith(".")) visit(new URL(target, base).href.slice(root.href.length));
      else outside.add(target);
    }
  };
  visit(entry);
  return { files: [...files], outside: [...outside] };
}

describe("the package", () => {
  it("has every file that it says it has", () => {
    const paths = [exports["."], exports["./node"]].flatMap((entry) => Object.values(entry));
    for (const path of [...paths, ...Object.values(bin), imports["#engine-platform"].browser]) {
      expect(existsSync(new URL(path as string, root)), path as string).toBe(true);
    }
  });

  it("needs neither Node nor another package in a browser", () => {
    const { files, outside } = browserClosure("dist/index.js");
    expect(files).toContain("dist/engine/platform.browser.js");
    expect(files).toContain("dist/train/train.js");
    expect(outside).toEqual([]);
  });

  it("is found under its names", () => {
    const code = `const names = async (entry) => Object.keys(await import(entry));
      console.log(JSON.stringify([await names("fovea"), await names("fovea/node")]));`;
    const { stdout, stderr } = runNode(["--input-type=module", "--eval", code]);
    expect(stderr).toBe("");
    const [index, node] = JSON.parse(stdout);
    expect(index).toEqual(expect.arrayContaining(["train", "evaluate", "defineModel", "models"]));
    expect(node).toEqual(expect.arrayContaining(["loadData", "recordTraining", "writeReport"]));
  });
});

describe("examples", () => {
  const others = readdirSync(new URL("examples/", root)).filter((name) => name !== "train.js");
  it.each(others)("%s runs", (name) => {
    const { status, stdout, stderr } = runNode([`examples/${name}`]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/\d+ parameters/);
  });

  it("train.js is the README's, and prints what it says", async () => {
    const [, ...code] = read("examples/train.js").split("\n");
    const readme = read("README.md");
    expect(readme).toContain(code.join("\n").trim());
    const { stdout, stderr } = runNode(["examples/train.js"]);
    expect(stderr).toBe("");
    // The other build of the kernels rounds differently, so that its counts are others.
    const { build } = await loadKernels();
    const known = (text: string) =>
      build === "relaxed-fma" ? text : text.replace(/\d+ of/g, "some of");
    expect(known(readme)).toContain(known(stdout.trim()));
  });
});

function runNode(args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd: fileURLToPath(root), encoding: "utf8" });
}
