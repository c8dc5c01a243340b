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
  LoadImage: { file: "copy", pointers: ["to"], integers: ["count"], context: ["image"] },
  ConvPack: {
    file: "conv",
    pointers: ["packed", "weight", "live"],
    integers: ["outChannels", "kernel", "rowLength", "rowStride"],
  },
  ConvForward: {
    file: "conv",
    pointers: ["x", "packed", "bias", "y"],
    integers: ["inRows", "inColumns", "inChannels", "outChannels", "kernel"],
  },
  ConvBackward: {
    file: "conv",
    pointers: ["x", "gy", "weight", "gWeight", "gBias", "gx", "gCoords", "list"],
    integers: ["inRows", "inColumns", "inChannels", "outChannels", "kernel", "rowStride"],
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
    pointers: ["x", "y"],
    integers: ["inRows", "inColumns", "channels", "window"],
  },
  MaxPoolBackward: {
    file: "pool",
    pointers: ["x", "gy", "gx"],
    integers: ["inRows", "inColumns", "channels", "window"],
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
  CoordTableAdd: {
    file: "coord-conv",
    pointers: ["y", "table"],
    integers: ["rows", "columns", "channels"],
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
  AddForward: { file: "copy", pointers: ["a", "b", "y"], integers: ["count"] },
  Accumulate: { file: "copy", pointers: ["a", "b"], integers: ["count"] },
  FlattenForward: { file: "flatten", pointers: ["x", "y"], integers: ["positions", "channels"] },
  FlattenBackward: { file: "flatten", pointers: ["gy", "gx"], integers: ["positions", "channels"] },
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
