import { attention } from "./kernel-calls/attention.js";
import { augmentation } from "./kernel-calls/augmentation.js";
import { convolutions } from "./kernel-calls/convolutions.js";
import type { KernelCall } from "./kernel-calls/kernel-call.js";
import { linear } from "./kernel-calls/linear.js";
import { losses } from "./kernel-calls/losses.js";
import { norms } from "./kernel-calls/norms.js";
import { pointwise } from "./kernel-calls/pointwise.js";
import { pools } from "./kernel-calls/pools.js";
import { sampling } from "./kernel-calls/sampling.js";
import { shapes } from "./kernel-calls/shapes.js";

/**
 * The kernels that a plan can call.
 *
 * The kernel of `PadMap` is the function `padMap` in `kernels/map-padding.ts`, its `file`. The function's parameters
 * must be the pointers, integers, floats and context, with these names and in this order: `scripts/build-kernels.js`
 * compares them when it generates the interpreter's switch.
 */
export const kernelCalls = {
  ...convolutions,
  ...linear,
  ...pools,
  ...pointwise,
  ...norms,
  ...attention,
  ...sampling,
  ...shapes,
  ...losses,
  ...augmentation,
};

type KernelCalls = typeof kernelCalls;

export type KernelName = keyof KernelCalls;

export const kernelNames = Object.keys(kernelCalls) as KernelName[];

type NamesIn<Call, List extends keyof KernelCall> = Call extends {
  readonly [Key in List]: readonly (infer Name extends string)[];
}
  ? Name
  : never;

/** The words of a kernel's call, by name. Words in `floats` are rounded to float32. */
export type KernelWords<Kernel extends KernelName> = Readonly<
  Record<
    | NamesIn<KernelCalls[Kernel], "pointers">
    | NamesIn<KernelCalls[Kernel], "integers">
    | NamesIn<KernelCalls[Kernel], "floats">,
    number
  >
>;

/** Names of a kernel's words, in the order of its parameters. */
export interface WordNames {
  readonly pointers: readonly string[];
  readonly integers: readonly string[];
  readonly floats: readonly string[];
}

export function wordNames(kernel: KernelName): WordNames {
  const { pointers, integers = [], floats = [] }: KernelCall = kernelCalls[kernel];
  return { pointers, integers, floats };
}
