import * as platform from "#engine-platform";
import { InputError } from "../errors.js";
import { CONTROL_ADDRESS } from "./control.js";
import { sharedMemory } from "./shared-memory.js";

/**
 * The two builds of the kernels. `relaxed-fma` rounds a multiply-add once, `mul-add` twice: results
 * have the same bits only between runs of one build.
 */
export type KernelBuild = "relaxed-fma" | "mul-add";

/** Raised with every change of the kernels or of training that changes a bit of any result. */
export const KERNEL_REVISION = 2;

/** What the kernels export. */
export interface KernelExports {
  bindControl(address: number): void;
  /** The first position in from .. to − 1 of an order whose image is `count` or above; else `to`. */
  firstBeyond(order: number, from: number, to: number, count: number): number;
  runSteps(thread: number): void;
  spinForCommand(command: number): void;
  probeFma(a: number, b: number, c: number): number;
  repeatCall(code: number, times: number): void;
  measurePeak(iterations: number): number;
}

export interface Kernels {
  readonly build: KernelBuild;
  readonly module: WebAssembly.Module;
}

const PROBE_PAGES = 2;

/** Compiled once for all engines: V8 then optimises the kernels once, too. */
const compiled = new Map<KernelBuild, Promise<WebAssembly.Module | undefined>>();

/**
 * The fastest build that works here.
 *
 * @param build this one; default `relaxed-fma` where the platform has it and really fuses
 * @throws InputError where the platform does not have it
 */
export async function loadKernels(build?: KernelBuild): Promise<Kernels> {
  if (build !== "mul-add") {
    const module = await compileOnce("relaxed-fma", compileFusing);
    if (module !== undefined) return { build: "relaxed-fma", module };
    if (build === "relaxed-fma") {
      const expected = "build to be mul-add, as this platform has no fused multiply-add";
      throw new InputError("engine", expected, build);
    }
  }
  const module = await compileOnce("mul-add", () => platform.compileKernels("mul-add"));
  return { build: "mul-add", module: module! };
}

function compileOnce(
  build: KernelBuild,
  compile: () => Promise<WebAssembly.Module | undefined>,
): Promise<WebAssembly.Module | undefined> {
  const known = compiled.get(build);
  if (known) return known;
  const module = compile();
  compiled.set(build, module);
  // What failed, such as a request that found no file, may succeed another time.
  module.catch(() => compiled.delete(build));
  return module;
}

/** Undefined where the platform has no relaxed SIMD, or has it and does not fuse. */
async function compileFusing(): Promise<WebAssembly.Module | undefined> {
  const module = await platform.compileRelaxed();
  return module !== undefined && fuses(module) ? module : undefined;
}

/** Relaxed SIMD may also multiply, round and add: (1 + 2⁻¹²)² − (1 + 2⁻¹¹) is 2⁻²⁴ only if fused. */
function fuses(module: WebAssembly.Module): boolean {
  const kernels = instantiateKernels(module, sharedMemory(PROBE_PAGES));
  return kernels.probeFma(1 + 2 ** -12, 1 + 2 ** -12, -(1 + 2 ** -11)) === 2 ** -24;
}

/** @param control where the engine's control words are, of several engines in one memory */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  control = CONTROL_ADDRESS,
): KernelExports {
  const abort = () => {
    throw new Error("engine: a kernel aborted");
  };
  const instance = new WebAssembly.Instance(module, { env: { memory, abort } });
  const kernels = instance.exports as unknown as KernelExports;
  kernels.bindControl(control);
  return kernels;
}
