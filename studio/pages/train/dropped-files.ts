/** A file and its path inside what was dropped. */
export interface NamedBlob {
  readonly path: string;
  readonly file: Blob;
}

/** More files are not read from a dropped folder. */
const mostFiles = 200_000;
/** Folders deeper than these are not looked into. */
const deepest = 8;

/** The files of a folder that was dropped, or the files themselves, and a name for them. */
export async function droppedFiles(
  transfer: DataTransfer,
): Promise<{ name: string; files: NamedBlob[] }> {
  // Entries are there only until the event ends.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [first] = entries;
  if (first === undefined) return { name: "", files: [] };
  const files: NamedBlob[] = [];
  const isFolder = entries.length === 1 && first.isDirectory;
  for (const entry of isFolder ? await children(first) : entries)
    await collect(entry, "", files, 0);
  return { name: first.name, files };
}

async function collect(
  entry: FileSystemEntry,
  prefix: string,
  files: NamedBlob[],
  depth: number,
): Promise<void> {
  if (files.length >= mostFiles || depth > deepest) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    files.push({ path: prefix + entry.name, file });
    return;
  }
  for (const child of await children(entry)) {
    await collect(child, `${prefix}${entry.name}/`, files, depth + 1);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

async function children(folder: FileSystemEntry): Promise<FileSystemEntry[]> {
  const reader = (folder as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  // It gives some hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return found;
    found.push(...some);
  }
}
