import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
    const entries = Object.values<string | object>(exports).filter(
      (entry) => entry instanceof Object,
    );
    const paths = entries.flatMap((entry) => Object.values(entry));
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

/** Programs in `examples/`, with what each prints in the end. */
const examples = {
  "draw-pictures.js": /\d+ pictures in pictures\n$/,
  "network.js": /\d+ parameters\n$/,
  "own-data.js": /\d+ of 400 right\n$/,
  "own-loop.js": /taken for a \d\n$/,
  "reproduce.js": /report: .*report\.html\n$/,
};

describe("examples", () => {
  it.each(Object.entries(examples))("%s runs", (name, last) => {
    const file = fileURLToPath(new URL(`examples/${name}`, root));
    const folder = mkdtempSync(join(tmpdir(), "fovea-examples-"));
    const data = name === "reproduce.js" ? ["digits-2000-500"] : [];
    const { status, stdout, stderr } = runNode([file, ...data], folder);
    rmSync(folder, { recursive: true });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(last);
  });

  it("each have a test", () => {
    const names = readdirSync(new URL("examples/", root)).filter((name) => name.endsWith(".js"));
    // service.test.ts has the service.
    expect(names).toEqual([...Object.keys(examples), "service.js", "train.js"]);
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

function runNode(args: readonly string[], cwd = fileURLToPath(root)) {
  return spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
}
