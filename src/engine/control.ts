/**
 * Control words: they tell every thread what to run, and synchronize the threads. Each has 32 bits; addresses are in
 * bytes. Compiled by TypeScript and by AssemblyScript.
 */
export enum Control {
  /** Increased by 1 for each command; workers wait for that. */
  Command = 0,
  /** 1 if workers must end. */
  Quit = 1,
  Threads = 2,
  /** First step of the command (inclusive) and its end (exclusive), counted within the epoch. */
  FromStep = 3,
  ToStep = 4,
  /** Number of the epoch's first step, for the random streams. */
  StepBase = 5,
  Seed = 6,
  /** Number of images in a full batch, and in the whole set. */
  BatchSize = 7,
  ImageCount = 8,
  /** Address of the epoch's order: one u32 per position, the number of an image. */
  Order = 9,
  Images = 10,
  Labels = 11,
  ImageBytes = 12,
  /** Address of the normalised values of bytes: 256 float32 a table, `PixelTables` in all. */
  PixelTable = 13,
  /** Address of the `PhaseField`s of each phase, and the number of phases. */
  Phases = 14,
  PhaseCount = 15,
  /** Address of the calls that every thread runs at the start of a step. */
  Prologue = 16,
  ThreadMemory = 17,
  ThreadBytes = 18,
  SlotMemory = 19,
  SlotBytes = 20,
  /** Per shard, the gradients of all parameters, then other sums over its images: `ShardBytes` in total. */
  ShardGradients = 21,
  /** Bytes of the parameters that are trained, and of their gradients; buffers follow them. */
  ParameterBytes = 22,
  /** Gradients, summed over the shards. */
  Gradients = 23,
  Parameters = 24,
  /** Address of the update's scalars: per step of the set and group of parameters, `Scalar.Words` float32. */
  Scalars = 25,
  /** One float32 per slot, and their sum: one float64 per step. */
  SlotLosses = 26,
  StepLosses = 27,
  /** One float32 and one u16 per image, in the order of the epoch: what `Score` writes. */
  ImageLosses = 28,
  Predictions = 29,
  ShardBytes = 30,
  /** How often a thread looks at a word that it waits for, before it sleeps. */
  Spins = 31,
  /** Memory that the images of a batch share. */
  BatchMemory = 32,
  /** 1 while every parameter and buffer is finite: only then are zeros times parameters zeros, and may be skipped. */
  AllFinite = 33,
  /** Number of tables of normalised bytes: 1 where all channels have the same, else one a channel. */
  PixelTables = 34,
  /** Address of the `UpdateField`s: how a step changes the parameters. */
  Update = 40,
  // Words that threads write while others read them have cache lines of their own, 16 words each.
  /** Number of threads that have arrived at the barrier. */
  Arrived = 48,
  /** Increased by 1 each time the barrier opens. */
  Barrier = 64,
  /** Per thread, the number of tasks taken from its share of the current phase; one cache line each. */
  Tickets = 80,
  Words = 208,
}

/** Stands for the predicted class where the network's output is NaN. */
export const NO_PREDICTION = 65535;

/** A phase of a step: work that threads share, with a barrier after it. */
export enum PhaseField {
  Kind = 0,
  /** Address of its calls. */
  Code = 1,
  /** Number of tasks: for an images phase, the shards. That of a stream depends on the command. */
  Tasks = 2,
  /** 1 if the shards' gradients are set to 0 at its start. */
  ClearsGradients = 3,
  Words = 4,
}

export enum PhaseKind {
  /** A task runs the calls for every image of a shard. */
  Images = 0,
  /** A task runs the calls once, over all images of the batch. */
  Batch = 1,
  /** A task sums the shards' gradients of a part of the parameters. */
  Reduce = 2,
  /** The same, and changes the parameters of that part. */
  Update = 3,
  /** The plan's only phase: runs the calls for the images of all steps, which do not depend on each other. */
  Stream = 4,
  /** As `Reduce`, and stores the sum of the squares of the trained parameters' gradients. */
  Measure = 5,
  /** A task changes a part of the parameters; follows `Measure`. */
  Apply = 6,
}

/** Bytes of a thread's memory that the interpreter uses, see kernels/interpret.ts. */
export const THREAD_HEADER = 64;

/** Where the control words start: above the tables that AssemblyScript keeps at low addresses. */
export const CONTROL_ADDRESS = 65536;

/** Number of parts of a batch. It is the same for any number of threads, so that sums over the parts have one order. */
export const SHARDS = 8;

/** Images per task of a stream. */
export const STREAM_IMAGES = 4;

/** Number of parts of the parameters, which threads update independently. */
export const UPDATE_TASKS = 8;

/** How a step changes the parameters. Addresses are in bytes, 0 for what there is none of. */
export enum UpdateField {
  Kernel = 0,
  /** Address and number of the segments, `SegmentField`s in the order of the memory; the others stay as they are. */
  Segments = 1,
  SegmentCount = 2,
  Groups = 3,
  /** Addresses of arrays with a value for each parameter; which kernel keeps what in them is said there. */
  FirstState = 4,
  SecondState = 5,
  ThirdState = 6,
  /** Address of the moving averages of the parameters. */
  Averages = 7,
  /** The bits of float32: the largest norm of all gradients, and the largest size of each; 0 for no limit. */
  LargestNorm = 8,
  LargestValue = 9,
  /** Address of one float64 per task, its sum of squares. */
  Squares = 10,
  Words = 11,
}

/** A range of the parameters' memory. */
export enum SegmentField {
  /** In bytes from the first parameter; multiples of 16. */
  From = 0,
  To = 1,
  /** Number of its group, or `BUFFERS`. */
  Group = 2,
  Words = 3,
}

/** In place of a group: values that no optimizer changes, such as running statistics. */
export const BUFFERS = -1;

export enum UpdateKernel {
  /** p −= rate · g, nothing else. */
  Descent = 0,
  Sgd = 1,
  Adam = 2,
  RmsProp = 3,
}

/** The float32 scalars of a step and group. The first four are of all kernels. */
export enum Scalar {
  Rate = 0,
  /** What is added to a gradient, in units of the parameter. */
  Decay = 1,
  /** average = kept · average + added · parameter */
  AverageKept = 2,
  AverageAdded = 3,
  /** The kernel's own, see `SgdScalar` and so on. */
  Own = 4,
  Words = 12,
}

/** buffer = kept · buffer + added · g; direction = straight · g + buffered · buffer */
export enum SgdScalar {
  Kept = 4,
  Added = 5,
  Straight = 6,
  Buffered = 7,
}

/** m += moved · (g − m); v = kept · v + added · g²; p = shrunk · p − rate · m / (√v / correction + epsilon) */
export enum AdamScalar {
  Moved = 4,
  Kept = 5,
  Added = 6,
  Correction = 7,
  Epsilon = 8,
  Shrunk = 9,
}

/** v = kept · v + added · g²; buffer = momentum · buffer + g / (√v + epsilon) */
export enum RmsPropScalar {
  Kept = 4,
  Added = 5,
  Epsilon = 6,
  Momentum = 7,
}
