import type { KernelCalls } from "./kernel-call.js";

/** Kernels of grids and sampling. */
export const sampling = {
  PixelCentres: {
    file: "affine-grid",
    pointers: ["centres"],
    integers: ["rows", "columns", "alignCorners"],
  },
  AffineGridForward: {
    file: "affine-grid",
    pointers: ["theta", "centres", "grid"],
    integers: ["rows", "columns"],
  },
  AffineGridBackward: {
    file: "affine-grid",
    pointers: ["centres", "gGrid", "gTheta"],
    integers: ["rows", "columns"],
  },
  ProjectiveGridForward: {
    file: "projective-grid",
    pointers: ["theta", "centres", "grid"],
    integers: ["rows", "columns", "count"],
  },
  ProjectiveGridBackward: {
    file: "projective-grid",
    pointers: ["theta", "centres", "grid", "gGrid", "gTheta"],
    integers: ["rows", "columns", "count"],
  },
  Constants: {
    file: "thin-plate-spline-grid",
    pointers: ["to"],
    integers: ["offset"],
    floats: ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"],
  },
  ThinPlateSplineGridForward: {
    file: "thin-plate-spline-grid",
    pointers: ["theta", "matrix", "grid"],
    integers: ["positions", "stride", "points"],
  },
  ThinPlateSplineGridBackward: {
    file: "thin-plate-spline-grid",
    pointers: ["matrix", "gGrid", "gTheta"],
    integers: ["positions", "stride", "points"],
  },
  GridSampleForward: {
    file: "grid-sample",
    pointers: ["x", "grid", "y", "margined", "flat"],
    integers: ["positions", "inRows", "inColumns", "channels", "alignCorners"],
  },
  GridSampleBackward: {
    file: "grid-sample",
    pointers: ["x", "grid", "margined", "flat", "gy", "gx", "gGrid"],
    integers: ["positions", "inRows", "inColumns", "channels", "alignCorners"],
  },
  GridSampleLanesForward: {
    file: "grid-sample-lanes",
    pointers: ["x", "grid", "y"],
    integers: ["positions", "inRows", "inColumns", "channels", "alignCorners", "padding"],
  },
  GridSampleLanesBackward: {
    file: "grid-sample-lanes",
    pointers: ["x", "grid", "gy", "gx", "gGrid"],
    integers: ["positions", "inRows", "inColumns", "channels", "alignCorners", "padding"],
  },
  InterpolateTable: {
    file: "interpolate",
    pointers: ["table"],
    integers: ["first", "extent", "outExtent", "bilinear", "alignCorners"],
    floats: ["step"],
  },
  InterpolateForward: {
    file: "interpolate",
    pointers: ["x", "y", "table"],
    integers: ["rows", "columns", "inColumns", "channels", "bilinear"],
  },
  InterpolateBackward: {
    file: "interpolate",
    pointers: ["gy", "gx", "table"],
    integers: ["rows", "columns", "inColumns", "channels", "bilinear"],
  },
} as const satisfies KernelCalls;
