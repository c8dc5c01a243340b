/** Makes room for bytes of a data set, all 0. */
export type Allocate = (length: number) => Uint8Array;

/** Memory as JavaScript gives it, which engines copy from. */
export const newBytes: Allocate = (length) => new Uint8Array(length);
