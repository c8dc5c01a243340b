/**
 * What a pointer word of a plan is relative to; held in its low bits, as all buffers are 16-byte aligned.
 * Compiled by TypeScript and by AssemblyScript.
 */
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
