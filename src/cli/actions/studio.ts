import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { InputError } from "../../errors.js";
import { isFolder } from "../../files/folders.node.js";
import { counted } from "../../numbers.js";
import { serveStudio } from "../../studio-server/serve.js";
import { Interruption } from "../interruption.js";
import { note, print } from "../terminal/output.js";

const where = "fovea studio";

/** The options of `fovea studio` that were given. */
export interface StudioArguments {
  readonly port?: number;
  /** False with `--no-open`. */
  readonly open?: boolean;
}

/** Serves the studio until Ctrl-C. */
export async function runStudio(
  directory: string | undefined,
  { port, open = true }: StudioArguments,
): Promise<void> {
  if (port !== undefined && port > 65_535) {
    throw new InputError(where, "--port to be in 1..65535", `${port}`);
  }
  if (directory !== undefined && !isFolder(directory)) {
    throw new InputError(where, "DIR to be a folder", directory);
  }
  const folder = directory ?? "runs";
  const studio = await serveStudio({
    ...{ folder, port },
    program: [process.execPath, fileURLToPath(new URL("../fovea.js", import.meta.url))],
    page: directory === undefined ? "look" : "runs",
  });
  const interruption = new Interruption();
  interruption.announce = () => {};
  try {
    print(studio.address);
    note(`the studio shows ${folder}; press Ctrl-C to end it`);
    if (open && process.stdout.isTTY) openBrowser(studio.address);
    await once(interruption.signal, "abort");
    const trainings = studio.trainings();
    if (trainings > 0) {
      note(
        `stopping ${counted(trainings, "training")} after the epoch; press Ctrl-C again to quit at once`,
      );
    }
    await studio.close();
  } finally {
    interruption.close();
  }
}

/** Opens the user's browser, where there is one. Where there is none, the address is on the screen. */
function openBrowser(address: string): void {
  const [program, ...args] = {
    darwin: ["open"] as const,
    // The first argument in quotes would be a window's title.
    win32: ["cmd", "/c", "start", ""] as const,
  }[process.platform as "darwin" | "win32"] ?? ["xdg-open"];
  const child = spawn(program, [...args, address], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
