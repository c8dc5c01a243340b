import { setImmediate } from "node:timers/promises";
import { loadData } from "../data/load.node.js";
import type { LoadedData } from "../data/loaded-data.node.js";
import { DataMemory } from "../engine/data-memory.js";
import type { DataChoice } from "./data-options.js";
import type { Interruption } from "./interruption.js";
import { LoadingDisplay } from "./terminal/loading-display.js";

/**
 * Loads the data of `--data`, showing what takes time; Ctrl-C ends it.
 *
 * @throws the interruption's reason where it was interrupted
 */
export async function loadChosenData(
  { choice, options }: DataChoice,
  interruption: Interruption,
): Promise<LoadedData> {
  const { signal } = interruption;
  const display = new LoadingDisplay(process.stderr);
  interruption.beforeQuit = () => display.close();
  try {
    const loaded = await loadData(choice, {
      onDownload: display.download,
      onGenerate: display.generate,
      onDistort: display.distort,
      onDecode: display.decode,
      ...options,
      allocate: new DataMemory().allocate,
      signal,
    });
    // Signals that came while nothing else could run; the first turn may come before they are read.
    await setImmediate();
    await setImmediate();
    signal.throwIfAborted();
    return loaded;
  } finally {
    display.close();
  }
}
