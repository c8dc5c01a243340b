// Builds after an install in this folder. Without development packages there is nothing to build with: then the install
// is whole as far as it goes, and one line says what is missing.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const isMissing = (name) => {
  try {
    import.meta.resolve(name);
    return false;
  } catch {
    return true;
  }
};

if (["typescript", "assemblyscript/asc", "vite"].some(isMissing)) {
  if (!existsSync("dist/cli/fovea.js")) {
    process.stderr.write(
      "fovea: not built, as development packages are left out; run npm ci --include=dev, which builds\n",
    );
  }
} else {
  // npm names its own script; a shell finds npm otherwise.
  const { npm_execpath: npm } = process.env;
  const build = ["run", "build"];
  const { status } = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...build], { stdio: "inherit" })
    : spawnSync("npm", build, { stdio: "inherit", shell: true });
  process.exitCode = status ?? 1;
}
