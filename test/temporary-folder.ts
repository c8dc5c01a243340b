import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * All tests of a run make their folders in one folder, the temporary directory of their processes, so that a test that
 * was killed leaves nothing either. It has the command line in `bin`, as npm installs it: a link without an ending.
 *
 * @returns removes the folder, and says which tests did not remove their own: it is no failure, since a process that a test
 *   ended may write once more
 */
export default function makeTemporaryFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "fovea-tests-"));
  mkdirSync(join(folder, "bin"));
  const script = fileURLToPath(new URL("../dist/cli/fovea.js", import.meta.url));
  symlinkSync(script, join(folder, "bin", "fovea"));
  process.env.TMPDIR = folder;
  return () => {
    const left = readdirSync(folder).filter((name) => name.startsWith("fovea"));
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    if (left.length === 0) return;
    process.stderr.write(`tests left folders in the temporary directory: ${left.join(", ")}\n`);
  };
}
