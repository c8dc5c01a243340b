import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const data = process.env.FOVEA_DATA;

// Tests run what ships: every import of src/ resolves to the compiled dist/, because worker threads
// can only start from JavaScript files.
export default defineConfig({
  resolve: {
    alias: [{ find: /^(\.{1,2}\/.*)?src\/(.*)\.js$/, replacement: "$1dist/$2.js" }],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests of the command line run it in folders of their own.
    env: data ? { FOVEA_DATA: resolve(data) } : {},
  },
});
