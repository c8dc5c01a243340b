import type { KernelCalls } from "./kernel-call.js";

/** Kernels of softmax, losses and scores. */
export const losses = {
  SoftmaxForward: {
    file: "softmax-rows",
    pointers: ["x", "y"],
    integers: ["positions", "channels"],
  },
  SoftmaxBackward: {
    file: "softmax-rows",
    pointers: ["y", "gy", "gx"],
    integers: ["positions", "channels"],
  },
  SoftmaxPositionsForward: {
    file: "softmax-rows",
    pointers: ["x", "y"],
    integers: ["positions", "channels"],
  },
  SoftmaxPositionsBackward: {
    file: "softmax-rows",
    pointers: ["y", "gy", "gx"],
    integers: ["positions", "channels"],
  },
  LogSoftmaxForward: { file: "softmax", pointers: ["x", "y"], integers: ["count"] },
  LogSoftmaxBackward: { file: "softmax", pointers: ["y", "gy", "gx"], integers: ["count"] },
  NllForward: { file: "softmax", pointers: ["x", "y"], context: ["label"] },
  NllBackward: { file: "softmax", pointers: ["gy", "gx"], context: ["label"] },
  ClassWeightScale: {
    file: "losses",
    pointers: ["weights", "scale"],
    context: ["step", "count"],
  },
  WeightedNllForward: {
    file: "losses",
    pointers: ["x", "weights", "scale", "y"],
    integers: ["classes"],
    floats: ["smoothing"],
    context: ["label"],
  },
  WeightedNllBackward: {
    file: "losses",
    pointers: ["weights", "scale", "gy", "gx"],
    integers: ["classes"],
    floats: ["smoothing"],
    context: ["label"],
  },
  MseForward: { file: "losses", pointers: ["x", "y"], integers: ["classes"], context: ["label"] },
  MseBackward: {
    file: "losses",
    pointers: ["x", "gy", "gx"],
    integers: ["classes"],
    context: ["label"],
  },
  DistancePenaltyForward: {
    file: "losses",
    pointers: ["loss", "x", "target", "y"],
    integers: ["count"],
    floats: ["factor"],
  },
  DistancePenaltyBackward: {
    file: "losses",
    pointers: ["x", "target", "gy", "gLoss", "gx"],
    integers: ["count"],
    floats: ["factor"],
  },
  SeedLoss: { file: "softmax", pointers: ["value", "gradient"], context: ["slot", "count"] },
  Score: {
    file: "softmax",
    pointers: ["logProbabilities"],
    integers: ["classes"],
    context: ["label", "position"],
  },
} as const satisfies KernelCalls;
