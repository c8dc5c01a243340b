import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser } from "../find-browser.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tool = (path: string) => join(root, "node_modules", path);

let project: string;
let files: string[];

/** Packs Fovea and installs it into an empty project. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "fovea-package-"));
  const npm = (args: readonly string[], cwd: string) =>
    execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
  const [packed] = JSON.parse(npm(pack, root));
  files = packed.files.map(({ path }: { path: string }) => path);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline"];
  npm(["install", ...quiet, `./${packed.filename}`], project);
}, 240_000);

afterAll(() => rmSync(project, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

const program = `
import { defineModel, digits, linear, flatten, maxPool2d, train, evaluate } from "fovea";

const data = digits({ train: 200, test: 50 });
const model = defineModel("tiny", (image, { classes }) =>
  linear(flatten(maxPool2d(image, 4)), "head", { outFeatures: classes }),
);
const { parameters } = await train({ model, data, epochs: 1, learningRate: 0.05 });
const { total } = await evaluate({ model, data, parameters });
`;

describe("the package, installed into an empty project", () => {
  it("trains in Node", () => {
    writeFileSync(join(project, "train.js"), `${program}console.log(total);`);
    const options = { cwd: project, encoding: "utf8" } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ["train.js"], options);
    expect(stderr).toBe("");
    expect(stdout).toBe("50\n");
  });

  it("has a command", () => {
    const options = { cwd: project, encoding: "utf8" } as const;
    const { stdout } = spawnSync("npx", ["--no-install", "fovea", "--version"], options);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("has types for strict TypeScript", () => {
    writeFileSync(join(project, "typed.ts"), `${program}export const count: number = total;\n`);
    const flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022"];
    const args = [tool("typescript/bin/tsc"), ...flags, "typed.ts"];
    const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8" });
    expect(stdout).toBe("");
  });

  it("has every file that its pages link to", () => {
    const pages = files.filter((path) => path.endsWith(".md"));
    expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/README.md"]));
    const missing = pages.flatMap((page) => {
      const text = readFileSync(join(root, page), "utf8");
      const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, link]) => link!);
      const targets = links.map((link) => normalize(join(dirname(page), link)));
      return targets.filter(
        (target) => !files.some((path) => path === target || path.startsWith(`${target}/`)),
      );
    });
    expect(missing).toEqual([]);
  });

  it("has the examples", () => {
    expect(files).toContain("examples/train.js");
  });
});

const browser = findBrowser();
if (!browser && process.env.FOVEA_REQUIRE_DATA) {
  throw new Error("browser tests: expected chromium, got none");
}

describe.skipIf(!browser)("a page that Vite builds", () => {
  let server: Server;

  /** Serves the built page; resolves to what the page posts. */
  async function visited(folder: string): Promise<string> {
    const types: Record<string, string> = { ".js": "text/javascript", ".html": "text/html" };
    return new Promise((resolve) => {
      server = createServer((request, response) => {
        if (request.method === "POST") {
          let body = "";
          request.on("data", (chunk) => {
            body += chunk;
          });
          request.on("end", () => resolve(body));
          response.end();
          return;
        }
        const file = join(folder, request.url === "/" ? "/index.html" : request.url!);
        if (!existsSync(file)) {
          // A browser asks for /favicon.ico by itself.
          response.writeHead(404).end();
          return;
        }
        response.setHeader("content-type", types[extname(file)] ?? "application/wasm");
        response.end(readFileSync(file));
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"];
        const profile = `--user-data-dir=${join(project, "profile")}`;
        const address = `http://127.0.0.1:${port}/`;
        const chromium = spawn(browser!, [...flags, profile, address], { stdio: "ignore" });
        server.on("close", () => chromium.kill());
      });
    });
  }

  /** Compressed bytes of all scripts and of the one build of the kernels that a browser takes. */
  function bytesLoaded(assets: string): number {
    const compressed = (ending: string) =>
      readdirSync(assets)
        .filter((name) => name.endsWith(ending))
        .map((name) => gzipSync(readFileSync(join(assets, name))).length);
    return compressed(".js").reduce((a, b) => a + b, 0) + Math.max(...compressed(".wasm"));
  }

  /** Builds a page of one script; returns the folder to be served. */
  function built(name: string, script: string): string {
    const page = join(project, name);
    mkdirSync(page);
    writeFileSync(join(page, "index.html"), '<script type="module" src="/main.js"></script>');
    writeFileSync(join(page, "main.js"), script);
    const vite = [tool("vite/bin/vite.js"), "build", page, "--target", "esnext"];
    const { status, stderr } = spawnSync(process.execPath, vite, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    return join(page, "dist");
  }

  it("takes less than 120 kB for training with all ops and kernels", () => {
    const script =
      'import { defineModel, Engine, train } from "fovea"; window.fovea = { defineModel, Engine, train };';
    expect(bytesLoaded(join(built("size", script), "assets"))).toBeLessThan(120_000);
  });

  it("trains in Chromium", async () => {
    const post = 'await fetch("/result", { method: "POST", body: String(total) });';
    const dist = built("page", `${program}${post}`);
    try {
      expect(await visited(dist)).toBe("50");
    } finally {
      server.close();
    }
  }, 120_000);
});
