import type { KernelCalls } from "./kernel-call.js";

/** Kernels of affine maps and matrix products. */
export const linear = {
  LinearForward: {
    file: "linear",
    pointers: ["x", "weight", "bias", "y", "list"],
    integers: ["biasOffset", "stride", "outFeatures", "features"],
  },
  LinearBackward: {
    file: "linear",
    pointers: ["x", "gy", "weight", "gWeight", "gBias", "gx", "list"],
    integers: ["biasOffset", "stride", "outFeatures", "features"],
  },
  LinearPack: {
    file: "linear",
    pointers: ["packed", "weight"],
    integers: ["features", "outFeatures", "stride"],
  },
  LinearMapForward: {
    file: "linear",
    pointers: ["x", "packed", "bias", "y"],
    integers: ["biasOffset", "positions", "features", "outFeatures"],
  },
  LinearMapBackward: {
    file: "linear",
    pointers: ["x", "gy", "weight", "gWeight", "gBias", "gx"],
    integers: ["biasOffset", "positions", "features", "outFeatures", "stride"],
  },
  LinearCompose: {
    file: "compose",
    pointers: ["weight", "bias", "outer", "outerBias", "inner", "innerBias"],
    integers: ["outerOffset", "innerOffset", "features", "middle", "outFeatures"],
  },
  LinearComposeBackward: {
    file: "compose",
    pointers: [
      "gWeight",
      "gBias",
      "outer",
      "inner",
      "innerBias",
      "gOuter",
      "gOuterBias",
      "gInner",
      "gInnerBias",
    ],
    integers: ["outerOffset", "innerOffset", "features", "middle", "outFeatures"],
    context: ["shardBytes"],
  },
  MatmulForward: {
    file: "matmul",
    pointers: ["a", "b", "y"],
    integers: ["rows", "inner", "columns"],
  },
  MatmulBackward: {
    file: "matmul",
    pointers: ["a", "b", "gy", "ga", "gb"],
    integers: ["rows", "inner", "columns"],
  },
  MatmulStackForward: {
    file: "matmul",
    pointers: ["a", "b", "y"],
    integers: ["matrices", "rows", "inner", "columns"],
  },
  MatmulStackBackward: {
    file: "matmul",
    pointers: ["a", "b", "gy", "ga", "gb"],
    integers: ["matrices", "rows", "inner", "columns"],
  },
  AddChannelSums: {
    file: "linear",
    pointers: ["x", "sums"],
    integers: ["positions", "channels"],
  },
} as const satisfies KernelCalls;
