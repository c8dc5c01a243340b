import { addRelu } from "./add-relu.js";
import { batchNormRelu } from "./batch-norm-relu.js";
import { convBatchNorm } from "./conv-batch-norm.js";
import { convPoolRelu } from "./conv-pool-relu.js";
import { convRelu } from "./conv-relu.js";
import type { Fusion } from "./fusion.js";
import { linearLinear } from "./linear-linear.js";

/** All fusions. Where several match at a node, the first one in this list is taken. */
export const fusions: readonly Fusion[] = [
  convPoolRelu,
  convBatchNorm,
  batchNormRelu,
  convRelu,
  addRelu,
  linearLinear,
];
