/**
 * The words through which JavaScript tells every thread what to run, and through which threads meet.
 * Compiled by TypeScript and by AssemblyScript. All are 32-bit; addresses are in bytes.
 */
export enum Control {
  /** Raised by one for each command; workers sleep on it. */
  Command = 0,
  /** 1 where workers shall end. */
  Quit = 1,
  Threads = 2,
  /** Steps from (inclusive) and to (exclusive) of this command, within the epoch. */
  FromStep = 3,
  ToStep = 4,
  /** Number of the epoch's first step, for the random streams. */
  StepBase = 5,
  Seed = 6,
  /** Images in a full batch, and in the whole set. */
  BatchSize = 7,
  ImageCount = 8,
  /** One u32 an image: the set's images in the order of this epoch. */
  Order = 9,
  Images = 10,
  Labels = 11,
  ImageBytes = 12,
  /** 256 float32: the normalised value of each byte. */
  PixelTable = 13,
  /** `PhaseField`s of each phase, and how many phases there are. */
  Phases = 14,
  PhaseCount = 15,
  /** Words that every thread runs at the start of a step. */
  Prologue = 16,
  ThreadMemory = 17,
  ThreadBytes = 18,
  SlotMemory = 19,
  SlotBytes = 20,
  /** Of each shard the gradients of all parameters, then other sums over its images: `ShardBytes` in all. */
  ShardGradients = 21,
  /** Of the parameters, and of their gradients. */
  ParameterBytes = 22,
  /** Sum over the shards. */
  Gradients = 23,
  Parameters = 24,
  /** float32 bits. */
  LearningRate = 25,
  /** float32 a slot, and its sum as float64 a step. */
  SlotLosses = 26,
  StepLosses = 27,
  /** float32 and u16 per image, in the order of the epoch: what `Score` writes. */
  ImageLosses = 28,
  Predictions = 29,
  ShardBytes = 30,
  /** Looks at a word that a thread waits for, before it goes to sleep. */
  Spins = 31,
  /** What the images of a batch share. */
  BatchMemory = 32,
  /** 1 while every parameter is finite: only then are zeros times parameters zeros, and may be skipped. */
  AllFinite = 33,
  // What threads write while others look at it has cache lines of its own, 16 words each.
  /** Threads that wait at the barrier. */
  Arrived = 48,
  /** Raised by one each time the barrier opens. */
  Barrier = 64,
  /** Of each thread the tasks taken from its share of the current phase, a cache line a thread. */
  Tickets = 80,
  Words = 208,
}

/** Stands for the predicted class where the network's output is NaN. */
export const NO_PREDICTION = 65535;

/** A phase of a step: work that threads share, with a barrier after it. */
export enum PhaseField {
  Kind = 0,
  /** Address of its words. */
  Code = 1,
  /** Number of tasks; for images the shards. A stream's depend on the command. */
  Tasks = 2,
  /** 1 where shard gradients start from zero here. */
  ClearsGradients = 3,
  Words = 4,
}

export enum PhaseKind {
  /** Runs its words for every image of a shard. */
  Images = 0,
  /** Runs its words once a task, over all images of the batch. */
  Batch = 1,
  /** Sums the shards' gradients. */
  Reduce = 2,
  /** The same, then a step of gradient descent. */
  Update = 3,
  /** The only phase: runs its words for every image of all steps, as no image or step needs another. */
  Stream = 4,
}

/** Bytes before a thread's own memory, see kernels/interpret.ts. */
export const THREAD_HEADER = 64;

/** Where the control words start: above the tables that AssemblyScript keeps at low addresses. */
export const CONTROL_ADDRESS = 65536;

/** Fixed parts of a batch, whatever the number of threads: sums over them have one order. */
export const SHARDS = 8;

/** Images of a task of a stream. */
export const STREAM_IMAGES = 4;

/** Parts of the parameters that threads update independently. */
export const UPDATE_TASKS = 8;
