import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { InputError } from "../errors.js";

/**
 * The user's cache folder for MNIST by the platform's convention, `~/.cache/fovea/mnist` on Linux.
 *
 * @throws InputError where the user has no home folder and no variable names another one
 * @example
 * console.log(mnistCacheFolder()); // /home/you/.cache/fovea/mnist
 */
export function mnistCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(userCache(environment), "mnist");
}

/** The user's cache folder for a set of this name. */
export function setCacheFolder(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  return join(userCache(environment), name);
}

/** Where decoded pictures are kept; undefined where the user has no cache folder. */
export function preparedCacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  try {
    return join(userCache(environment), "pictures");
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/**
 * Where a worker keeps data that studies sent to it.
 *
 * @throws InputError as `mnistCacheFolder`
 */
export function sentCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(userCache(environment), "sent");
}

function userCache({ XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv): string {
  switch (process.platform) {
    case "darwin":
      return join(home(), "Library", "Caches", "fovea");
    case "win32":
      return join(LOCALAPPDATA || join(home(), "AppData", "Local"), "fovea", "Cache");
    default:
      // A path that is not absolute does not count (XDG Base Directory Specification 0.8).
      if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "fovea");
      return join(home(), ".cache", "fovea");
  }
}

/** Asked for where it is needed only: users of containers may have neither a name nor a home. */
function home(): string {
  try {
    const folder = homedir();
    if (folder !== "") return folder;
  } catch {
    // No HOME, and no entry of the user in the system's list.
  }
  const expected =
    "a home folder for the cache (or MNIST's folder in FOVEA_DATA or chosen as data, or the data digits)";
  throw new InputError("data", expected, "none");
}
