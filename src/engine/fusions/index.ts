import { convPoolRelu } from "./conv-pool-relu.js";
import type { Fusion } from "./fusion.js";
import { linearLinear } from "./linear-linear.js";

/** All fusions. Where several match at a node, the first one in this list is taken. */
export const fusions: readonly Fusion[] = [convPoolRelu, linearLinear];
