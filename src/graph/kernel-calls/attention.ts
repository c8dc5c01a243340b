import type { KernelCalls } from "./kernel-call.js";

/** Kernels of attention. */
export const attention = {
  AttentionForward: {
    file: "attention",
    pointers: ["q", "k", "v", "out", "normalizers", "scratch", "kept"],
    integers: ["keptRows", "count", "width", "heads"],
  },
  AttentionBackward: {
    file: "attention",
    pointers: ["q", "k", "v", "out", "normalizers", "scratch", "gOut", "gq", "gk", "gv", "kept"],
    integers: ["keptRows", "count", "width", "heads"],
  },
  BatchAttentionForward: {
    file: "batch-attention",
    pointers: ["q", "k", "v", "out", "normalizers", "scratch", "kept"],
    integers: ["keptPositions", "width", "heads", "positions", "positionsPerTask"],
    context: ["task", "count", "slotBytes"],
  },
  BatchAttentionBackward: {
    file: "batch-attention",
    pointers: ["q", "k", "v", "out", "normalizers", "scratch", "gOut", "gq", "gk", "gv", "kept"],
    integers: ["keptPositions", "width", "heads", "positions", "positionsPerTask"],
    context: ["task", "count", "slotBytes"],
  },
  RelativeBias: {
    file: "window-attention",
    pointers: ["bias", "table"],
    integers: ["rows", "columns", "heads", "stride"],
  },
  WindowAttentionForward: {
    file: "window-attention",
    pointers: ["q", "k", "v", "out", "weights", "scratch", "bias"],
    integers: ["rows", "columns", "windowRows", "windowColumns", "width", "heads"],
  },
  WindowAttentionBackward: {
    file: "window-attention",
    pointers: ["q", "k", "v", "weights", "scratch", "gOut", "gq", "gk", "gv", "gTable"],
    integers: ["rows", "columns", "windowRows", "windowColumns", "width", "heads", "tableStride"],
  },
} as const satisfies KernelCalls;
