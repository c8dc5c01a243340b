import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs the command line as a user does, in some folder, and waits for its end. */
export function runFovea(args: readonly string[], folder: string) {
  const entry = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));
  const environment = { ...process.env };
  delete environment.npm_lifecycle_event;
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}
