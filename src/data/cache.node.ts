import { join } from "node:path";
import envPaths from "env-paths";

/** The user's cache folder for MNIST by the platform's convention, `~/.cache/fovea/mnist` on Linux. */
export function mnistCacheFolder(): string {
  return join(envPaths("fovea", { suffix: "" }).cache, "mnist");
}
