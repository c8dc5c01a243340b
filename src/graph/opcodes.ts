/**
 * The kernels a plan can call, numbered. This file is compiled twice, by TypeScript into the planner
 * and by AssemblyScript into the interpreter, so that the two cannot disagree.
 */
export enum Opcode {
  End = 0,
  Zero = 1,
  Copy = 2,
  LoadImage = 3,
  ConvPack = 4,
  ConvPackLive = 5,
  ConvForward = 6,
  ConvBackward = 7,
  ConvPoolForward = 8,
  ConvPoolBackward = 9,
  LinearForward = 10,
  LinearBackward = 11,
  LinearPack = 12,
  LinearMapForward = 13,
  LinearMapBackward = 14,
  MaxPoolForward = 15,
  MaxPoolBackward = 16,
  ReluForward = 17,
  ReluBackward = 18,
  DropoutForward = 19,
  DropoutBackward = 20,
  Dropout2dLive = 21,
  Dropout2dForward = 22,
  Dropout2dBackward = 23,
  CoordTable = 24,
  CoordTableAdd = 25,
  AffineGridForward = 26,
  AffineGridBackward = 27,
  GridSampleForward = 28,
  GridSampleBackward = 29,
  AttentionForward = 30,
  AttentionBackward = 31,
  BatchAttentionForward = 32,
  BatchAttentionBackward = 33,
  AddForward = 34,
  Accumulate = 35,
  FlattenForward = 36,
  FlattenBackward = 37,
  LogSoftmaxForward = 38,
  LogSoftmaxBackward = 39,
  NllForward = 40,
  NllBackward = 41,
  SeedLoss = 42,
  Score = 43,
  ConvPoolVisits = 44,
  PixelCentres = 45,
  WinogradPack = 46,
  WinogradConvPoolForward = 47,
  LinearCompose = 48,
  LinearComposeBackward = 49,
}

/** What a pointer word of a plan is relative to; held in its low bits, as all buffers are 16-byte aligned. */
export enum Space {
  /** Nothing: an address. */
  Absolute = 0,
  /** The memory of the thread that runs the call. */
  Thread = 1,
  /** The gradient buffer of the shard. */
  Shard = 2,
  /** The bytes of the current image. */
  Image = 3,
  /** The memory of the image's slot in the batch. */
  Slot = 4,
  /** Memory that the images of a batch share. */
  Batch = 5,
}
