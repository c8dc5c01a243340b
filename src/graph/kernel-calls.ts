/** Values that a kernel can take besides the words of its call: `context` in kernels/interpret.ts has these names. */
type ContextValue =
  /** Number of the step since the training began, and number of images in its batch. */
  | "step"
  | "count"
  /** The image's position in the batch, its position in the epoch's order, its class, and the address of its bytes. */
  | "slot"
  | "position"
  | "label"
  | "image"
  /** Number of the task in a batch phase. */
  | "task"
  /** Address of the thread's four random words. */
  | "random"
  /** Bytes from one image's memory to the next image's, and from one shard's sums to the next shard's. */
  | "slotBytes"
  | "shardBytes";

interface KernelCall {
  /** Its file in kernels/. */
  readonly file: string;
  /** Names of the words that are pointers, relative to a `Space`. */
  readonly pointers: readonly string[];
  readonly integers?: readonly string[];
  /** Words that are float32. */
  readonly floats?: readonly string[];
  readonly context?: readonly ContextValue[];
}

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

/**
 * The kernels that a plan can call.
 *
 * The kernel of `ConvForward` is the function `convForward` in `kernels/conv.ts`, its `file`. The function's parameters
 * must be the pointers, integers, floats and context, with these names and in this order: `scripts/build-kernels.js`
 * compares them when it generates the interpreter's switch.
 */
export const kernelCalls = {
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
  ConvPack: {
    file: "conv",
    pointers: ["packed", "weight", "live"],
    integers: ["outChannels", "kernel", "rowLength", "rowStride"],
  },
  PadMap: {
    file: "map-padding",
    pointers: ["to", "x"],
    integers: [
      "rows",
      "columns",
      "channels",
      "toRows",
      "toColumns",
      "top",
      "left",
      "rowStride",
      "columnStride",
    ],
  },
  AddUnpadded: {
    file: "map-padding",
    pointers: ["x", "from"],
    integers: ["rows", "columns", "channels", "fromColumns", "top", "left"],
  },
  ConvRuns: {
    file: "dense-conv",
    pointers: ["runs"],
    integers: ["rows", "columns", "rowStep", "columnStep", "weightRowStep", "weightColumnStep"],
  },
  ConvPackFlipped: {
    file: "dense-conv",
    pointers: ["packed", "weight"],
    integers: ["inChannels", "outChannels", "kernelRows", "kernelColumns", "rowStride"],
  },
  DenseConvForward: {
    file: "dense-conv",
    pointers: ["x", "packed", "bias", "y", "runs"],
    integers: [
      "runCount",
      "runLength",
      "rowStep",
      "columnStep",
      "rows",
      "columns",
      "inChannel",
      "outChannel",
      "outChannels",
      "pixel",
      "adds",
    ],
  },
  DenseConvWeightGradient: {
    file: "dense-conv",
    pointers: ["x", "gy", "gWeight", "runs"],
    integers: [
      "runCount",
      "runLength",
      "rowStep",
      "columnStep",
      "rows",
      "columns",
      "inChannel",
      "outChannel",
      "outChannels",
      "pixel",
      "kernelStep",
    ],
  },
  AddChannelSums: {
    file: "dense-conv",
    pointers: ["x", "sums"],
    integers: ["positions", "channels"],
  },
  DepthwisePack: {
    file: "depthwise-conv",
    pointers: ["packed", "weight", "taps"],
    integers: ["tapCount", "channels", "kernelStep", "flips"],
  },
  DepthwiseForward: {
    file: "depthwise-conv",
    pointers: ["x", "packed", "bias", "y", "taps"],
    integers: ["tapCount", "rowStep", "columnStep", "rows", "columns", "channels", "adds"],
  },
  DepthwiseWeightGradient: {
    file: "depthwise-conv",
    pointers: ["x", "gy", "gWeight", "taps"],
    integers: ["tapCount", "rowStep", "columnStep", "rows", "columns", "channels", "kernelStep"],
  },
  WinogradConvPack: {
    file: "winograd-conv",
    pointers: ["packed", "weight", "scratch"],
    integers: ["outChannels", "inChannels", "rowStride", "flips"],
  },
  WinogradConvForward: {
    file: "winograd-conv",
    pointers: ["x", "packed", "bias", "y", "scratch"],
    integers: ["rows", "columns", "inChannels", "outChannels", "tilesAtOnce", "adds"],
  },
  WinogradConvWeightGradient: {
    file: "winograd-conv",
    pointers: ["x", "gy", "shardSums", "scratch"],
    integers: ["rows", "columns", "inChannels", "outChannels", "tilesAtOnce"],
  },
  WinogradConvWeightGradientEnd: {
    file: "winograd-conv",
    pointers: ["shardSums", "gWeight", "scratch"],
    integers: ["inChannels", "outChannels", "rowStride"],
    context: ["shardBytes"],
  },
  CoordMap: {
    file: "coordinates",
    pointers: ["to"],
    integers: ["rows", "columns", "toRows", "toColumns", "top", "left"],
  },
  CoordPack: {
    file: "coordinates",
    pointers: ["packed", "weight"],
    integers: ["outChannels", "taps"],
  },
  CoordWeightGradientEnd: {
    file: "coordinates",
    pointers: ["sums", "gWeight"],
    integers: ["outChannels", "taps"],
    context: ["shardBytes"],
  },
  ConvPoolForward: {
    file: "conv-pool",
    pointers: [
      "x",
      "packed",
      "bias",
      "table",
      "background",
      "backgroundPixel",
      "y",
      "argmax",
      "live",
    ],
    integers: ["inRows", "inColumns", "inChannels", "outChannels", "kernel"],
    floats: ["scale"],
  },
  ConvPoolBackward: {
    file: "conv-pool-gradient",
    pointers: [
      "visits",
      "x",
      "gy",
      "argmax",
      "weight",
      "gWeight",
      "gBias",
      "gx",
      "gCoords",
      "lists",
    ],
    integers: ["inRows", "inColumns", "inChannels", "outChannels", "kernel", "rowStride"],
    floats: ["scale"],
  },
  ConvPoolVisits: {
    file: "conv-pool-gradient",
    pointers: ["visits"],
    integers: ["inRows", "inColumns", "inChannels", "outChannels", "kernel"],
  },
  WinogradPack: {
    file: "winograd-conv-pool",
    pointers: ["packed", "weight", "scratch"],
    integers: ["outChannels", "inChannels", "rowStride"],
  },
  WinogradConvPoolForward: {
    file: "winograd-conv-pool",
    pointers: ["x", "packed", "bias", "table", "y", "argmax", "live", "scratch"],
    integers: ["inRows", "inColumns", "inChannels", "outChannels"],
    floats: ["scale"],
  },
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
  ReluForward: { file: "pool", pointers: ["x", "y"], integers: ["count"] },
  ReluBackward: { file: "pool", pointers: ["y", "gy", "gx"], integers: ["count"] },
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
  CoordTable: {
    file: "coord-conv",
    pointers: ["table", "weight"],
    integers: ["inRows", "inColumns", "outChannels", "kernel"],
  },
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
  AddForward: { file: "copy", pointers: ["a", "b", "y"], integers: ["count"] },
  Accumulate: { file: "copy", pointers: ["a", "b"], integers: ["count"] },
  FlattenForward: { file: "flatten", pointers: ["x", "y"], integers: ["positions", "channels"] },
  FlattenBackward: { file: "flatten", pointers: ["gy", "gx"], integers: ["positions", "channels"] },
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
  LogSoftmaxForward: { file: "softmax", pointers: ["x", "y"], integers: ["count"] },
  LogSoftmaxBackward: { file: "softmax", pointers: ["y", "gy", "gx"], integers: ["count"] },
  StoreValue: { file: "copy", pointers: ["to"], integers: ["index"], floats: ["value"] },
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
  SeedLoss: { file: "softmax", pointers: ["value", "gradient"], context: ["slot", "count"] },
  Score: {
    file: "softmax",
    pointers: ["logProbabilities"],
    integers: ["classes"],
    context: ["label", "position"],
  },
} as const satisfies Readonly<Record<string, KernelCall>>;

type KernelCalls = typeof kernelCalls;

export type KernelName = keyof KernelCalls;

export const kernelNames = Object.keys(kernelCalls) as KernelName[];

type NamesIn<Call, List extends keyof KernelCall> = Call extends {
  readonly [Key in List]: readonly (infer Name extends string)[];
}
  ? Name
  : never;

/** The words of a kernel's call, by name. Words in `floats` are rounded to float32. */
export type KernelWords<Kernel extends KernelName> = Readonly<
  Record<
    | NamesIn<KernelCalls[Kernel], "pointers">
    | NamesIn<KernelCalls[Kernel], "integers">
    | NamesIn<KernelCalls[Kernel], "floats">,
    number
  >
>;

/** Names of a kernel's words, in the order of its parameters. */
export interface WordNames {
  readonly pointers: readonly string[];
  readonly integers: readonly string[];
  readonly floats: readonly string[];
}

export function wordNames(kernel: KernelName): WordNames {
  const { pointers, integers = [], floats = [] }: KernelCall = kernelCalls[kernel];
  return { pointers, integers, floats };
}
