import { instantiateKernels } from "./build.js";
import { CONTROL_ADDRESS, Control } from "./control.js";

/** What a worker needs to serve. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Number of this thread; the main thread is 0. */
  readonly thread: number;
}

/** Runs every command until told to quit; sleeps in between. */
export function serve({ module, memory, thread }: WorkerStart, ready: () => void): void {
  const kernels = instantiateKernels(module, memory);
  const control = new Int32Array(memory.buffer, CONTROL_ADDRESS, Control.Words);
  let command = Atomics.load(control, Control.Command);
  ready();
  for (;;) {
    Atomics.wait(control, Control.Command, command);
    const next = Atomics.load(control, Control.Command);
    if (next === command) continue;
    command = next;
    if (Atomics.load(control, Control.Quit) !== 0) return;
    kernels.runSteps(thread);
  }
}
