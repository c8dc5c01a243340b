/**
 * What a pointer in a plan is relative to. Stored in the pointer's low 4 bits, which are free, as all buffers are
 * 16-byte aligned. Compiled by TypeScript and by AssemblyScript.
 */
export enum Space {
  /** Nothing: the pointer is an address. */
  Absolute = 0,
  /** The memory of the thread that runs the call. */
  Thread = 1,
  /** The shard's gradients, and its other sums over images. */
  Shard = 2,
  /** The bytes of the current image. */
  Image = 3,
  /** The memory of the image's slot in the batch. */
  Slot = 4,
  /** The memory that the images of a batch share. */
  Batch = 5,
}
