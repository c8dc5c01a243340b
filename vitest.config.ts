import { defineConfig } from "vitest/config";

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
  },
});
