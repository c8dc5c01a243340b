/** One file of a data set as it lies on disk. */
export interface DataFile {
  readonly name: string;
  /** Absent when the file is not there. */
  readonly path?: string;
  /** Bytes on disk, gzipped or not. */
  readonly bytes?: number;
  /**
   * SHA-256 (hex) of MNIST's unpacked content, of other sets of the gzipped file, as they are published; absent where the
   * file is not there or cannot be unpacked.
   */
  readonly digest?: string;
  /** Whether the SHA-256 is the right one. */
  readonly valid: boolean;
  /** What is wrong, when something is. */
  readonly problem?: string;
}

/** A place where Fovea looks for images, and what is there. */
export interface DataPlace {
  /** `FOVEA_DATA`, `cache` or `built in`. */
  readonly place: "FOVEA_DATA" | "cache" | "built in";
  /** The data set that may be there: `mnist`, `digits`, `fashion-mnist` or `kmnist`. */
  readonly dataset: string;
  /** The folder; absent for what is built in, and for FOVEA_DATA when it is not set. */
  readonly path?: string;
  /** `ready` to train on, `absent`, or `damaged`: files are there, but not all or not the right ones. */
  readonly state: "ready" | "absent" | "damaged";
  /** One line for people. */
  readonly detail: string;
  /** Number of training and test images, when ready. */
  readonly train?: number;
  readonly test?: number;
  readonly files: readonly DataFile[];
}
