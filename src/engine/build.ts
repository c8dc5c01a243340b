import * as platform from "#engine-platform";
import { InputError } from "../errors.js";
import { CONTROL_ADDRESS } from "./control.js";
import { checkWebAssembly, sharedMemory } from "./shared-memory.js";

/**
 * The two builds of the kernels. `relaxed-fma` rounds a multiply-add once, `mul-add` twice: only results of the same
 * build have the same bits.
 */
export type KernelBuild = "relaxed-fma" | "mul-add";

/** Increased by 1 with every change, of kernels or training, that changes a bit of any result. */
export const KERNEL_REVISION = 3;

/** What the kernels export. */
export interface KernelExports {
  bindControl(address: number): void;
  /** First position in from .. to − 1 of an order whose image number is `count` or above; `to` if there is none. */
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

/** Each build is compiled once for all engines, so that V8 optimises its kernels only once too. */
const compiled = new Map<KernelBuild, Promise<WebAssembly.Module | undefined>>();

/**
 * The fastest build that works here.
 *
 * @param build the build to take; default `relaxed-fma` where the platform has it and really fuses, else `mul-add`
 * @throws InputError where the platform does not have it
 */
export async function loadKernels(build?: KernelBuild): Promise<Kernels> {
  checkWebAssembly();
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
  // A failure is not kept: a request that found no file may succeed another time.
  module.catch(() => compiled.delete(build));
  return module;
}

/** The `relaxed-fma` build; undefined where the platform has no relaxed SIMD, or does not fuse. */
async function compileFusing(): Promise<WebAssembly.Module | undefined> {
  const module = await platform.compileRelaxed();
  return module !== undefined && fuses(module) ? module : undefined;
}

/** Whether it fuses: relaxed SIMD may also round the product. (1 + 2⁻¹²)² − (1 + 2⁻¹¹) is 2⁻²⁴ only if fused. */
function fuses(module: WebAssembly.Module): boolean {
  const kernels = instantiateKernels(module, sharedMemory(PROBE_PAGES));
  return kernels.probeFma(1 + 2 ** -12, 1 + 2 ** -12, -(1 + 2 ** -11)) === 2 ** -24;
}

/** @param control address of the engine's control words; several engines may share one memory */
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
