// Files that somebody chooses in a file input, or drops on a page.

/** A file, and where it lay. */
export interface ChosenFile {
  readonly file: File;
  /** With the folders above it, and `/`. */
  readonly path: string;
}

/** More files are not read from dropped folders, and none from folders that are deeper. */
const limits = { files: 200_000, depth: 10 };

/** The files of a file input. */
export function chosenFiles(files: Iterable<File>): ChosenFile[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** The files of what was dropped, those in folders too. */
export async function droppedFiles(items: DataTransferItemList): Promise<ChosenFile[]> {
  // All entries first: the list is empty once this function has waited.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: ChosenFile[] = [];
  for (const entry of entries) await collect(entry, found, 0);
  return found;
}

/** Of one folder, its name, and its files by their paths in it; other files as they are, and a name for them. */
export function namedFiles(files: readonly ChosenFile[]): {
  readonly name: string;
  readonly files: readonly ChosenFile[];
} {
  const folders = new Set(files.map(({ path }) => path.slice(0, Math.max(0, path.indexOf("/")))));
  const [folder = ""] = folders;
  if (folder === "" || folders.size > 1) {
    return { name: folder || files[0]?.path || "files", files };
  }
  const inside = files.map(({ file, path }) => ({ file, path: path.slice(folder.length + 1) }));
  return { name: folder, files: inside };
}

async function collect(entry: FileSystemEntry, found: ChosenFile[], depth: number): Promise<void> {
  if (found.length >= limits.files || depth > limits.depth) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  for (const child of await children(entry as FileSystemDirectoryEntry)) {
    await collect(child, found, depth + 1);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  // It gives at most 100 at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return found;
    found.push(...some);
  }
}
