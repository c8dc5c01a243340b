import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const data = process.env.FOVEA_DATA;
if (!existsSync("dist/engine/kernels.mul-add.wasm")) {
  throw new Error("dist/ is not built: run npm run build, or npm test, which builds");
}

/** Files that take longest, from the longest on: begun last, one of them would run alone. */
const longest = [
  "studio/train-page",
  "runs/kills",
  "study/queue/queue",
  "studio/look",
  "studio/runs",
  "studio/train-code",
  "graph/op-contract",
  "tutorial",
  "study/processes",
  "torture/torture",
  "cli/study",
  "index",
  "runs/train-runs",
  "cli/run-folders",
  "graph/not-finite",
  "package/package",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// Tests run what ships: every import of src/ resolves to the compiled dist/, because worker threads
// can only start from JavaScript files.
export default defineConfig({
  resolve: {
    alias: [{ find: /^(\.{1,2}\/.*)?src\/(.*)\.js$/, replacement: "$1dist/$2.js" }],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/temporary-folder.ts"],
    // As many files at once as there are cores: by default one fewer, on two cores half of the machine.
    maxWorkers: availableParallelism(),
    // Files share their processes, so that each module is loaded once a process. Each file has folders of
    // its own and closes what it opens. Processes, not threads, as only those have signals.
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    isolate: false,
    // Imported by Node itself, as users do.
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests of the command line run it in folders of their own.
    env: data ? { FOVEA_DATA: resolve(data) } : {},
  },
});
