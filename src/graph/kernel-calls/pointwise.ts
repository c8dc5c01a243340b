import type { KernelCalls } from "./kernel-call.js";

/** Kernels of activations, arithmetic and dropout. */
export const pointwise = {
  ReluForward: { file: "pool", pointers: ["x", "y"], integers: ["count"] },
  ReluBackward: { file: "pool", pointers: ["y", "gy", "gx"], integers: ["count"] },
  ReluMask: { file: "pool", pointers: ["y", "g"], integers: ["count"] },
  SigmoidForward: { file: "activations", pointers: ["x", "y"], integers: ["count"] },
  SigmoidBackward: { file: "activations", pointers: ["y", "gy", "gx"], integers: ["count"] },
  TanhForward: { file: "activations", pointers: ["x", "y"], integers: ["count"] },
  TanhBackward: { file: "activations", pointers: ["y", "gy", "gx"], integers: ["count"] },
  SiluForward: { file: "activations", pointers: ["x", "y"], integers: ["count"] },
  SiluBackward: { file: "activations", pointers: ["x", "gy", "gx"], integers: ["count"] },
  LeakyReluForward: {
    file: "activations",
    pointers: ["x", "y"],
    integers: ["count"],
    floats: ["slope"],
  },
  LeakyReluBackward: {
    file: "activations",
    pointers: ["x", "gy", "gx"],
    integers: ["count"],
    floats: ["slope"],
  },
  EluForward: { file: "activations", pointers: ["x", "y"], integers: ["count"], floats: ["alpha"] },
  EluBackward: {
    file: "activations",
    pointers: ["x", "gy", "gx"],
    integers: ["count"],
    floats: ["alpha"],
  },
  GeluForward: { file: "activations", pointers: ["x", "y"], integers: ["count"] },
  GeluBackward: { file: "activations", pointers: ["x", "gy", "gx"], integers: ["count"] },
  GeluTanhForward: { file: "activations", pointers: ["x", "y"], integers: ["count"] },
  GeluTanhBackward: { file: "activations", pointers: ["x", "gy", "gx"], integers: ["count"] },
  DropoutForward: {
    file: "dropout",
    pointers: ["x", "y", "mask"],
    integers: ["count", "stream", "threshold"],
    floats: ["scale"],
    context: ["step", "slot", "random"],
  },
  DropoutBackward: { file: "dropout", pointers: ["gy", "mask", "gx"], integers: ["count"] },
  Dropout2dLive: {
    file: "dropout",
    pointers: ["live"],
    integers: ["channels", "stream", "threshold"],
    context: ["step", "slot", "random"],
  },
  Dropout2dForward: {
    file: "dropout",
    pointers: ["x", "y", "live"],
    integers: ["positions", "channels"],
    floats: ["scale"],
  },
  Dropout2dBackward: {
    file: "dropout",
    pointers: ["gy", "live", "gx"],
    integers: ["positions", "channels"],
    floats: ["scale"],
  },
  Constant: { file: "arithmetic", pointers: ["to"], floats: ["value"] },
  ArithmeticForward: {
    file: "arithmetic",
    pointers: ["a", "b", "y"],
    integers: ["operator", "positions", "channels", "aKind", "bKind"],
  },
  ArithmeticBackward: {
    file: "arithmetic",
    pointers: ["a", "b", "gy", "gx"],
    integers: ["operator", "positions", "channels", "aKind", "bKind", "operand"],
  },
} as const satisfies KernelCalls;
