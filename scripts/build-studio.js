// Builds the studio's page into dist/studio, from what `npm run build:dist` has compiled. Does nothing where all that it
// reads is as it was.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const PAGE = "dist/studio";
/** Written when all is built; its content is a digest of what was read. */
const STAMP = "dist/studio.stamp";

const digest = digestOfInputs();
if (!isBuilt()) {
  rmSync(STAMP, { force: true });
  await build({ configFile: "studio/vite.config.ts", logLevel: "warn" });
  writeFileSync(STAMP, digest);
}

function digestOfInputs() {
  const hash = createHash("sha256");
  const compiled = filesIn("dist").filter(
    (path) => /\.(js|wasm)$/.test(path) && !path.startsWith(join(PAGE, "/")),
  );
  const own = ["package-lock.json", "scripts/build-studio.js"];
  // The editor's help is made from comments of the source.
  for (const path of [...compiled, ...filesIn("src"), ...filesIn("studio"), ...own]) {
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function isBuilt() {
  const files = [STAMP, join(PAGE, "index.html")];
  return files.every((path) => existsSync(path)) && readFileSync(STAMP, "utf8") === digest;
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}
