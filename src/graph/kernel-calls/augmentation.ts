import type { KernelCalls } from "./kernel-call.js";

/** Kernels that change images on the fly. */
export const augmentation = {
  AugmentMap: {
    file: "augment-map",
    pointers: ["map"],
    integers: ["rows", "columns"],
    floats: ["degrees", "scaleLow", "scaleHigh", "shift", "shear", "projective"],
    context: ["step", "slot", "random"],
  },
  AugmentSample: {
    file: "augment-sample",
    pointers: ["to", "padded", "map", "field"],
    integers: ["rows", "columns", "channels", "projective", "fieldStride", "fieldPlane"],
    context: ["image"],
  },
  ElasticWeights: {
    file: "augment-elastic",
    pointers: ["weights"],
    integers: ["radius"],
    floats: ["sigma"],
  },
  ElasticField: {
    file: "augment-elastic",
    pointers: ["field", "noise", "smooth", "weights"],
    integers: ["rows", "columns", "radius", "stride"],
    floats: ["alpha"],
    context: ["step", "slot", "random"],
  },
  AugmentInvert: {
    file: "augment-pixels",
    pointers: ["y"],
    integers: ["count"],
    floats: ["probability"],
    context: ["step", "slot", "random"],
  },
  AugmentNoise: {
    file: "augment-pixels",
    pointers: ["y"],
    integers: ["count"],
    floats: ["deviation"],
    context: ["step", "slot", "random"],
  },
  AugmentErase: {
    file: "augment-pixels",
    pointers: ["y"],
    integers: ["rows", "columns", "channels"],
    floats: ["probability", "areaLow", "areaHigh", "ratioLow", "ratioHigh"],
    context: ["step", "slot", "random"],
  },
  AugmentCutout: {
    file: "augment-pixels",
    pointers: ["y"],
    integers: ["rows", "columns", "channels", "side"],
    context: ["step", "slot", "random"],
  },
} as const satisfies KernelCalls;
