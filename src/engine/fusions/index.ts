import { convPoolRelu } from "./conv-pool-relu.js";
import type { Fusion } from "./fusion.js";
import { linearLinear } from "./linear-linear.js";

/** All fusions; where several begin at a node, the first one is taken. */
export const fusions: readonly Fusion[] = [convPoolRelu, linearLinear];
