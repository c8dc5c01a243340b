import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

// The page takes the compiled modules, as worker threads can only start from JavaScript files. All addresses are
// relative, so that the page works in any folder of any server.
export default defineConfig({
  root: path("."),
  base: "./",
  publicDir: path("public"),
  plugins: [svelte()],
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
