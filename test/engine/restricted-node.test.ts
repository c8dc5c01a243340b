import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("soak.js", import.meta.url));
const permission = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";

it.each([
  [["--jitless"], "engine: expected WebAssembly, which --jitless switches off, got none"],
  [
    [permission, "--allow-fs-read=*"],
    "engine: expected a Node that may start threads (--allow-worker), or threads to be 1, got one that may not",
  ],
])("node %s: one line says what is missing", (flags, line) => {
  const { stderr } = spawnSync(process.execPath, [...flags, script, "1", "2"], {
    encoding: "utf8",
  });
  expect(stderr).toContain(`InputError: ${line}\n`);
});
