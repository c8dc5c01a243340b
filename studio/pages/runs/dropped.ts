import { listZip } from "../../../src/data/sources/sets/zip-files.js";
import { InputError } from "../../../src/errors.js";
import type { FolderEntry, RunEntry, StudyEntry } from "../../../src/studio-server/api.js";
import type { ChosenFile } from "../../shell/chosen-files.js";

/** Folders that were dropped in, with their files. */
export interface DroppedFolders {
  readonly entries: readonly FolderEntry[];
  read(path: string): Promise<Uint8Array>;
}

interface ReadableFile {
  /** With the folders above it, and `/`. */
  readonly path: string;
  readonly bytes: number;
  read(): Promise<Uint8Array>;
}

/** A larger file is no run.json or metrics.csv. */
const mostTextBytes = 16 * 2 ** 20;

/**
 * The runs and studies among files that were chosen or dropped: files of folders, and zip files of folders.
 *
 * @throws InputError where there is none, or a zip file is damaged
 */
export async function readDropped(files: readonly ChosenFile[]): Promise<DroppedFolders> {
  const all = (await Promise.all(files.map(readableFiles))).flat();
  const byPath = new Map(all.map((file) => [file.path, file]));
  const entries = await Promise.all(
    all.flatMap(({ path }): Promise<FolderEntry>[] => {
      const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      const name = path.slice(path.lastIndexOf("/") + 1);
      if (name === "run.json") return [runEntry(folder, byPath)];
      if (name === "study.json") return [studyEntry(folder, byPath)];
      return [];
    }),
  );
  if (entries.length === 0) {
    const got = files.length === 1 ? files[0]!.path : `${files.length} files without any`;
    throw new InputError("runs", "a run folder or a zip of one, with its run.json", got);
  }
  return {
    entries,
    async read(path) {
      const file = byPath.get(path);
      if (file) return file.read();
      throw new InputError(path, "a file that was dropped in with its run", "none");
    },
  };
}

async function readableFiles({ file, path }: ChosenFile): Promise<ReadableFile[]> {
  if (!file.name.toLowerCase().endsWith(".zip")) {
    return [{ path, bytes: file.size, read: async () => new Uint8Array(await file.arrayBuffer()) }];
  }
  const zip = listZip(new Uint8Array(await file.arrayBuffer()), file.name);
  const root = file.name.slice(0, -".zip".length);
  return zip.files.map((inner) => ({
    // A zip of a folder's files alone: its own name stands for the folder's.
    path: inner.name.includes("/") ? inner.name : `${root}/${inner.name}`,
    bytes: inner.size,
    read: () => zip.read(inner),
  }));
}

type Files = ReadonlyMap<string, ReadableFile>;

async function runEntry(folder: string, files: Files): Promise<RunEntry> {
  const inside = (name: string) => (folder === "" ? name : `${folder}/${name}`);
  const names = [...files.keys()].flatMap((path) => {
    const name = path.slice(inside("").length);
    return path.startsWith(inside("")) && !name.includes("/") ? [name] : [];
  });
  return {
    kind: "run",
    path: folder,
    record: await textOf(files.get(inside("run.json"))!),
    metrics: files.has(inside("metrics.csv"))
      ? await textOf(files.get(inside("metrics.csv"))!)
      : "",
    files: names.map((name) => ({ name, bytes: files.get(inside(name))!.bytes })),
  };
}

async function studyEntry(folder: string, files: Files): Promise<StudyEntry> {
  const outcomes = `${folder}/outcomes/`;
  const ended = [...files.values()].filter(
    ({ path }) => path.startsWith(outcomes) && path.endsWith(".json"),
  );
  const texts = await Promise.all(
    ended.map(async (file) => [file.path.slice(outcomes.length, -5), await textOf(file)] as const),
  );
  return {
    kind: "study",
    path: folder,
    record: await textOf(files.get(`${folder}/study.json`)!),
    outcomes: Object.fromEntries(texts),
  };
}

async function textOf(file: ReadableFile): Promise<string> {
  if (file.bytes > mostTextBytes) {
    throw new InputError(file.path, `at most ${mostTextBytes} bytes`, `${file.bytes}`);
  }
  return new TextDecoder().decode(await file.read());
}
