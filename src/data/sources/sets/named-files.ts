/** One file of a folder or a zip file. */
export interface NamedFile {
  /** Its path inside, with `/`. */
  readonly name: string;
  /** For messages, and for threads that read it themselves. */
  readonly path: string;
  readonly size: number;
  /** When it was changed, milliseconds; 0 in a zip file. */
  readonly changed: number;
}

/** The files of a folder, or of a zip file. */
export interface NamedFiles {
  /** The folder's or the zip file's path. */
  readonly root: string;
  readonly files: readonly NamedFile[];
  /** Whether threads can read a file by its path. */
  readonly onDisk: boolean;
  /** @throws InputError naming the file that cannot be read */
  read(file: NamedFile): Promise<Uint8Array>;
}

/** A file's name without its folders. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
