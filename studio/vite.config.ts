import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";
import { libraryReference } from "./library-reference.js";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The functions of the library as a module, for the help beside the editor of code. */
const reference: Plugin = {
  name: "library-reference",
  resolveId: (id) => (id === "virtual:library-reference" ? `\0${id}` : undefined),
  load: (id) =>
    id === "\0virtual:library-reference"
      ? `export const functions = ${JSON.stringify(libraryReference())};`
      : undefined,
};

// The page takes the compiled modules, as worker threads can only start from JavaScript files. All addresses are
// relative, so that the page works in any folder of any server.
export default defineConfig({
  root: path("."),
  base: "./",
  publicDir: path("public"),
  plugins: [svelte(), reference],
  resolve: {
    alias: [{ find: /^(?:\.\.\/)+src\/(.*)\.js$/, replacement: path("../dist/$1.js") }],
  },
  worker: { format: "es" },
  build: {
    outDir: path("../dist/studio"),
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
