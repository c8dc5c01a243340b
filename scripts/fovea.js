// `npm start` and `npm run fovea`: the command line, or one line where it is not built.

import { existsSync } from "node:fs";

const needed = ["dist/cli/fovea.js", "dist/engine/kernels.mul-add.wasm"];
const root = new URL("../", import.meta.url);
const missing = needed.find((file) => !existsSync(new URL(file, root)));
if (missing === undefined) await import(new URL(needed[0], root));
else {
  process.stderr.write(
    `fovea: expected ${missing}, got no such file: run npm run build (after npm ci --include=dev)\n`,
  );
  process.exitCode = 2;
}
