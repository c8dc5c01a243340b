import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../../errors.js";
import { createParent } from "../../files/folders.node.js";
import { writeNew } from "../../files/write-file.node.js";
import { checkModelName } from "../../graph/model.js";
import { shellWord } from "../../shell-word.js";
import { networkText, testText } from "../new-network.js";
import { print } from "../terminal/output.js";
import { typedCommand } from "../typed-command.js";

const where = "fovea new";

/** The options of `fovea new` that were given. */
export interface NewArguments {
  readonly js?: boolean;
}

/** Writes a network and its test, and names the next commands. */
export function runNew(path: string, { js = false }: NewArguments): void {
  const name = basename(path);
  checkModelName(name);
  const ending = js ? "mjs" : "ts";
  const module = join(dirname(path), `${name}.${ending}`);
  const test = join(dirname(path), `${name}.test.${ending}`);
  for (const file of [module, test]) {
    if (existsSync(file)) throw new InputError(where, "a new file", `${file}, which is there`);
  }
  createParent(dirname(path));
  writeOnce(module, networkText(name, basename(module)));
  writeOnce(test, testText(name, ending));
  const shown = shellWord(dirname(path) === "." ? `./${module}` : module);
  print(`${module}: the network`, `${test}: its test`, "next:");
  print(`  ${typedCommand(`explain ${shown}`)}`);
  print(`  ${typedCommand(`train ${shown} --data digits`)}`);
  if (!isInstalled(dirname(path)))
    print("  npm install fovea   (for the test, and for an editor to know the layers)");
  if (!js && isCommonJs(dirname(path)))
    print("  npm pkg set type=module   (package.json says commonjs, which the test is not)");
  const node = js ? "" : "   (TypeScript: Node 22.18 or newer; fovea new --js is for all)";
  print(`  node --test ${shellWord(test)}${node}`);
}

/** Somebody else may have written it since it was looked for. */
function writeOnce(file: string, text: string): void {
  if (!writeNew(file, text)) throw new InputError(where, "a new file", `${file}, which is there`);
}

/** Whether Node takes a folder's `.ts` files for CommonJS, as after npm init. */
function isCommonJs(folder: string): boolean {
  for (let at = resolve(folder), below = ""; at !== below; below = at, at = dirname(at)) {
    const file = join(at, "package.json");
    if (!existsSync(file)) continue;
    try {
      return JSON.parse(readFileSync(file, "utf8"))?.type === "commonjs";
    } catch {
      // It is not ours to complain about.
      return false;
    }
  }
  return false;
}

/** Whether `import … from "fovea"` works in a folder without this command. */
function isInstalled(folder: string): boolean {
  try {
    createRequire(join(resolve(folder), "module.js")).resolve("fovea/package.json");
    return true;
  } catch {
    return false;
  }
}
