import type { KernelCalls } from "./kernel-call.js";

/** Kernels of copies, and changes of shape. */
export const shapes = {
  Zero: { file: "copy", pointers: ["to"], integers: ["bytes"] },
  Copy: { file: "copy", pointers: ["to", "from"], integers: ["count"] },
  CopyRows: {
    file: "copy",
    pointers: ["to", "from"],
    integers: ["rows", "count", "toOffset", "toStride", "fromOffset", "fromStride"],
  },
  AddToRows: {
    file: "copy",
    pointers: ["to", "from"],
    integers: ["rows", "count", "toOffset", "toStride", "fromOffset", "fromStride"],
  },
  LoadImage: { file: "copy", pointers: ["to"], integers: ["count"], context: ["image"] },
  AddForward: { file: "copy", pointers: ["a", "b", "y"], integers: ["count", "relu"] },
  AddReluBackward: { file: "copy", pointers: ["y", "gy", "ga", "gb"], integers: ["count"] },
  Accumulate: { file: "copy", pointers: ["a", "b"], integers: ["count"] },
  FlattenForward: { file: "flatten", pointers: ["x", "y"], integers: ["positions", "channels"] },
  FlattenBackward: { file: "flatten", pointers: ["gy", "gx"], integers: ["positions", "channels"] },
  PermuteForward: {
    file: "permute",
    pointers: ["x", "y"],
    integers: ["count0", "count1", "count2", "stride0", "stride1", "stride2"],
  },
  PermuteBackward: {
    file: "permute",
    pointers: ["gy", "gx"],
    integers: ["count0", "count1", "count2", "stride0", "stride1", "stride2"],
  },
  StoreValue: { file: "copy", pointers: ["to"], integers: ["index"], floats: ["value"] },
} as const satisfies KernelCalls;
