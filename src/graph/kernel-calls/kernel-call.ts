/** Values that a kernel can take besides the words of its call: `context` in kernels/interpret.ts has these names. */
export type ContextValue =
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

export interface KernelCall {
  /** Its file in kernels/. */
  readonly file: string;
  /** Names of the words that are pointers, relative to a `Space`. */
  readonly pointers: readonly string[];
  readonly integers?: readonly string[];
  /** Words that are float32. */
  readonly floats?: readonly string[];
  readonly context?: readonly ContextValue[];
}

/** Kernels of one family, by name. */
export type KernelCalls = Readonly<Record<string, KernelCall>>;
