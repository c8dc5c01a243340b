import type { KernelCalls } from "./kernel-call.js";

/** Words that say where a pooling's windows lie. */
const poolWindows = [
  "inRows",
  "inColumns",
  "channels",
  "rows",
  "columns",
  "kernelRows",
  "kernelColumns",
  "strideRows",
  "strideColumns",
  "paddingRows",
  "paddingColumns",
] as const;

/** Kernels of pooling. */
export const pools = {
  MaxPoolForward: {
    file: "pool",
    pointers: ["x", "y", "argmax"],
    integers: poolWindows,
  },
  MaxPoolBackward: {
    file: "pool",
    pointers: ["argmax", "gy", "gx"],
    integers: ["windows", "channels"],
  },
  AvgPoolForward: {
    file: "pool",
    pointers: ["x", "y"],
    integers: [...poolWindows, "countIncludePad"],
  },
  AvgPoolBackward: {
    file: "pool",
    pointers: ["gy", "gx"],
    integers: [...poolWindows, "countIncludePad"],
  },
  ChannelMeanForward: {
    file: "channel-pool",
    pointers: ["x", "y"],
    integers: ["positions", "channels"],
  },
  ChannelMeanBackward: {
    file: "channel-pool",
    pointers: ["gy", "gx"],
    integers: ["positions", "channels"],
  },
  ChannelMaxForward: {
    file: "channel-pool",
    pointers: ["x", "y"],
    integers: ["positions", "channels"],
  },
  ChannelMaxBackward: {
    file: "channel-pool",
    pointers: ["x", "y", "gy", "gx"],
    integers: ["positions", "channels"],
  },
} as const satisfies KernelCalls;
