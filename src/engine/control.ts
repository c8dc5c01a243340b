/**
 * The words through which JavaScript tells every thread what to run, and through which threads meet.
 * Compiled by TypeScript and by AssemblyScript. All are 32-bit; addresses are in bytes.
 */
export enum Control {
  /** Raised by one for each command; workers sleep on it. */
  Command = 0,
  /** 1 where workers shall end. */
  Quit = 1,
  /** Next task of the current phase. */
  Ticket = 2,
  /** Threads that wait at the barrier. */
  Arrived = 3,
  /** Raised by one each time the barrier opens. */
  Barrier = 4,
  Threads = 5,
  /** Steps from (inclusive) and to (exclusive) of this command, within the epoch. */
  FromStep = 6,
  ToStep = 7,
  /** Number of the epoch's first step, for the random streams. */
  StepBase = 8,
  Seed = 9,
  /** Images in a full batch, and in the whole set. */
  BatchSize = 10,
  ImageCount = 11,
  /** One u32 an image: the set's images in the order of this epoch. */
  Order = 12,
  Images = 13,
  Labels = 14,
  ImageBytes = 15,
  /** 256 float32: the normalised value of each byte. */
  PixelTable = 16,
  /** `PhaseField`s of each phase, and how many phases there are. */
  Phases = 17,
  PhaseCount = 18,
  /** Words that every thread runs at the start of a step. */
  Prologue = 19,
  ThreadMemory = 20,
  ThreadBytes = 21,
  SlotMemory = 22,
  SlotBytes = 23,
  /** Of each shard the gradients of all parameters, then other sums over its images: `ShardBytes` in all. */
  ShardGradients = 24,
  /** Of the parameters, and of their gradients. */
  ParameterBytes = 25,
  /** Sum over the shards. */
  Gradients = 26,
  Parameters = 27,
  /** float32 bits. */
  LearningRate = 28,
  /** float32 a slot, and its sum as float64 a step. */
  SlotLosses = 29,
  StepLosses = 30,
  /** float32 and u8 an image, in the order of the epoch: what `Score` writes. */
  ImageLosses = 31,
  Predictions = 32,
  ShardBytes = 33,
  /** Looks at a word that a thread waits for, before it goes to sleep. */
  Spins = 34,
  /** What the images of a batch share. */
  BatchMemory = 35,
  Words = 36,
}

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

/** Where the control words start: above the tables that AssemblyScript keeps at low addresses. */
export const CONTROL_ADDRESS = 65536;

/** Fixed parts of a batch, whatever the number of threads: sums over them have one order. */
export const SHARDS = 8;

/** Images of a task of a stream. */
export const STREAM_IMAGES = 4;

/** Parts of the parameters that threads update independently. */
export const UPDATE_TASKS = 8;
