// Removes from dist/ what the compiler wrote for files of src/ that are no longer there, so that nothing is imported or
// packed that a fresh build would not have. All else stays: a program that runs loses no file.

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const written = /\.(d\.ts|js|js\.map)$/;
const names = existsSync("dist") ? readdirSync("dist", { recursive: true, encoding: "utf8" }) : [];
for (const name of names) {
  // Vite empties the studio's folder itself.
  if (!written.test(name) || name.startsWith("studio")) continue;
  if (!existsSync(join("src", name.replace(written, ".ts")))) rmSync(join("dist", name));
}
