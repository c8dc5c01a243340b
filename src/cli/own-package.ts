import * as nodeModule from "node:module";
import { resolve } from "./own-package-hooks.js";

/** Newer versions of Node have hooks in the same thread, and deprecate those in another one. */
interface SyncHooks {
  registerHooks?(hooks: { readonly resolve: typeof resolve }): void;
}

let isRegistered = false;

/**
 * From now on, `import … from "fovea"` gives this very package, wherever the importing module is: a network is made of
 * its classes, and need not find it in a `node_modules` folder.
 */
export function resolveOwnPackage(): void {
  if (isRegistered) return;
  isRegistered = true;
  const { registerHooks } = nodeModule as SyncHooks;
  if (registerHooks !== undefined) registerHooks({ resolve });
  else nodeModule.register(new URL("./own-package-hooks.js", import.meta.url));
}

/** For `node --import`: the same in a process of its own. */
export const registering = new URL("./register-own-package.js", import.meta.url).href;
