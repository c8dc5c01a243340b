// Bundles the script of the page that `fovea export --web` writes, from what `npm run build:dist` has compiled, into one
// file that the command reads: whoever installs the package builds nothing.

import { rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const path = (name) => fileURLToPath(new URL(`../dist/web/${name}`, import.meta.url));

const { output } = await build({
  configFile: false,
  logLevel: "warn",
  resolve: { alias: { "#engine-platform": path("platform.embedded.browser.js") } },
  build: {
    rolldownOptions: { input: path("page.browser.js"), output: { format: "es" } },
    modulePreload: false,
    write: false,
    target: "es2022",
  },
});
const chunks = output.filter(({ type }) => type === "chunk");
if (chunks.length !== 1) throw new Error(`build-web: expected one file, got ${chunks.length}`);
await rm(path("page.bundle"), { force: true });
await writeFile(path("page.bundle"), chunks[0].code);
