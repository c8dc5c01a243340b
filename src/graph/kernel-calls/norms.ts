import type { KernelCalls } from "./kernel-call.js";

/** Kernels of normalisation. */
export const norms = {
  ChannelMoments: {
    file: "norm",
    pointers: ["x", "moments"],
    integers: ["positions", "channels"],
  },
  NormForward: {
    file: "norm",
    pointers: ["x", "statistics", "bias", "y"],
    integers: ["positions", "channels", "relu"],
  },
  NormSums: {
    file: "norm",
    pointers: ["x", "gy", "y", "statistics", "sums"],
    integers: ["positions", "channels"],
  },
  NormBackward: {
    file: "norm",
    pointers: ["x", "gy", "y", "statistics", "coefficients", "gx"],
    integers: ["positions", "channels"],
  },
  BatchNormCombine: {
    file: "batch-norm",
    pointers: ["moments", "weight", "runningMean", "runningVar", "statistics"],
    integers: ["positions", "channels", "updates"],
    floats: ["eps", "momentum"],
    context: ["count", "slotBytes"],
  },
  BatchNormCombineBackward: {
    file: "batch-norm",
    pointers: ["sums", "statistics", "coefficients", "gWeight", "gBias"],
    integers: ["positions", "channels"],
    context: ["count", "slotBytes"],
  },
  BatchNormRunning: {
    file: "batch-norm",
    pointers: ["weight", "runningMean", "runningVar", "statistics"],
    integers: ["channels"],
    floats: ["eps"],
  },
  BatchNormAddSums: {
    file: "batch-norm",
    pointers: ["sums", "gWeight", "gBias"],
    integers: ["channels"],
  },
  FoldBatchNorm: {
    file: "batch-norm",
    pointers: ["weight", "bias", "statistics", "shift", "foldedWeight", "foldedBias"],
    integers: ["channels", "rows", "rowStride"],
  },
  GroupNormStatistics: {
    file: "group-norm",
    pointers: ["moments", "weight", "statistics"],
    integers: ["positions", "channels", "groups"],
    floats: ["eps"],
  },
  GroupNormSums: {
    file: "group-norm",
    pointers: ["sums", "weight", "statistics", "coefficients", "gWeight", "gBias"],
    integers: ["positions", "channels", "groups"],
  },
  LayerNormForward: {
    file: "layer-norm",
    pointers: ["x", "weight", "bias", "y", "moments"],
    integers: ["positions", "channels"],
    floats: ["eps"],
  },
  LayerNormBackward: {
    file: "layer-norm",
    pointers: ["x", "gy", "weight", "moments", "gWeight", "gBias", "gx"],
    integers: ["positions", "channels"],
  },
} as const satisfies KernelCalls;
