import { instantiateKernels } from "./build.js";
import { Control } from "./control.js";

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the engine's control words. */
  readonly control: number;
  /** Number of this thread; the main thread is 0. */
  readonly thread: number;
}

/** Runs every command until `Quit`, and sleeps in between. */
export function serve(
  { module, memory, control: address, thread }: WorkerStart,
  ready: () => void,
): void {
  const kernels = instantiateKernels(module, memory, address);
  const control = new Int32Array(memory.buffer, address, Control.Words);
  let command = Atomics.load(control, Control.Command);
  ready();
  for (;;) {
    kernels.spinForCommand(command);
    Atomics.wait(control, Control.Command, command);
    const next = Atomics.load(control, Control.Command);
    if (next === command) continue;
    command = next;
    if (Atomics.load(control, Control.Quit) !== 0) return;
    kernels.runSteps(thread);
  }
}
