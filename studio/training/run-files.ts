// Runs in the browser's own file system (OPFS): a folder `runs/NAME` has the files of a run folder, and of the studio
// `studio.json` and the weights of each epoch.
import { writeZip } from "../../src/formats/write-zip.js";
import { decodeRecord, type RunRecord } from "../../src/runs/record-codec.js";

/** The studio's own file beside a run's: what no run folder has. */
export const studioFile = "studio.json";

/** The weights after an epoch, for looking back. */
export function epochFile(epoch: number): string {
  return `epoch-${epoch}.safetensors`;
}

const isStudioFile = (name: string) => name === studioFile || /^epoch-\d+\.safetensors$/.test(name);

/** What the studio keeps of a run besides its folder. */
export interface StudioFacts {
  /** What the page's address said. */
  readonly experiment: string;
  /** Runs that trained beside it. */
  readonly beside: readonly string[];
  /** Learning rates that were set while it trained: no spec says these. */
  readonly byHand: readonly { readonly step: number; readonly learningRate: number }[];
}

const none = "This browser does not keep files for this page";

/** What is wrong with the browser's storage, in words. */
export function storageProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "QuotaExceededError") return "The browser's storage for this page is full";
  if (name === "SecurityError" || name === "NotAllowedError") return none;
  return `The browser's storage failed (${error instanceof Error ? error.message : String(error)})`;
}

async function allRuns(): Promise<FileSystemDirectoryHandle> {
  if (navigator.storage?.getDirectory === undefined) throw new DOMException(none, "SecurityError");
  const top = await navigator.storage.getDirectory();
  return top.getDirectoryHandle("runs", { create: true });
}

/** The files of a run: in memory, and as long as the browser takes them in its storage. */
export class RunFiles {
  readonly #memory = new Map<string, Uint8Array<ArrayBuffer>>();
  #folder: FileSystemDirectoryHandle | undefined;
  /** Why they are not kept beyond this tab; undefined where they are. */
  problem: string | undefined;

  private constructor(readonly name: string) {}

  /** A new folder; a number is added where there is one of this name. */
  static async create(wanted: string): Promise<RunFiles> {
    try {
      const runs = await allRuns();
      const name = await freeName(runs, wanted);
      const files = new RunFiles(name);
      files.#folder = await runs.getDirectoryHandle(name, { create: true });
      return files;
    } catch (error) {
      const files = new RunFiles(wanted);
      files.problem = storageProblem(error);
      return files;
    }
  }

  static async open(name: string): Promise<RunFiles> {
    const files = new RunFiles(name);
    files.#folder = await (await allRuns()).getDirectoryHandle(name);
    return files;
  }

  /** Replaces a file. What the browser refuses stays in memory. */
  async write(name: string, content: Uint8Array | string): Promise<void> {
    const bytes = new Uint8Array(
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    this.#memory.set(name, bytes);
    if (this.#folder === undefined || this.problem !== undefined) return;
    try {
      const handle = await this.#folder.getFileHandle(name, { create: true });
      // It writes into another file, which takes the place of this one when it is closed.
      const writable = await handle.createWritable();
      await writable.write(bytes);
      await writable.close();
    } catch (error) {
      this.problem = storageProblem(error);
    }
  }

  /** Undefined where there is no such file. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const kept = this.#memory.get(name);
    if (kept !== undefined || this.#folder === undefined) return kept;
    try {
      const file = await (await this.#folder.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
      throw error;
    }
  }

  async readText(name: string): Promise<string | undefined> {
    const bytes = await this.read(name);
    return bytes && new TextDecoder().decode(bytes);
  }

  async names(): Promise<string[]> {
    const names = new Set(this.#memory.keys());
    if (this.#folder) for await (const name of this.#folder.keys()) names.add(name);
    return [...names].sort();
  }

  async facts(): Promise<StudioFacts> {
    const text = await this.readText(studioFile);
    return text === undefined ? { experiment: "", beside: [], byHand: [] } : JSON.parse(text);
  }

  /** The run folder as a zip file, or of a training that no spec describes its weights alone. */
  async pack(): Promise<Uint8Array<ArrayBuffer>> {
    const { byHand } = await this.facts();
    const packed = new Map<string, Uint8Array>();
    for (const name of await this.names()) {
      const isOwn = byHand.length === 0 ? !isStudioFile(name) : /^(model|best|last)\./.test(name);
      if (isOwn && !name.endsWith(".crswap")) {
        packed.set(`${this.name}/${name}`, (await this.read(name))!);
      }
    }
    return new Uint8Array(writeZip(packed, this.name));
  }
}

async function freeName(runs: FileSystemDirectoryHandle, wanted: string): Promise<string> {
  const names = new Set<string>();
  for await (const name of runs.keys()) names.add(name);
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? wanted : `${wanted}-${attempt}`;
    if (!names.has(name)) return name;
  }
}

/** A run that is kept. */
export interface KeptRun {
  readonly name: string;
  readonly record: RunRecord;
  readonly epochs: number;
  readonly facts: StudioFacts;
}

/**
 * The runs that are kept, latest first; those whose files cannot be read are left out.
 *
 * @throws where the browser has no storage for this page
 */
export async function keptRuns(): Promise<KeptRun[]> {
  const found: KeptRun[] = [];
  for await (const name of (await allRuns()).keys()) {
    try {
      const files = await RunFiles.open(name);
      const { record } = decodeRecord((await files.readText("run.json")) ?? "", `${name}/run.json`);
      const epochs = record.files?.states.at(-1)?.epoch ?? 0;
      found.push({ name, record, epochs, facts: await files.facts() });
    } catch {
      // A folder of a training that ended before its first step, or damaged: nothing can be resumed.
    }
  }
  return found.sort((a, b) => (a.record.started < b.record.started ? 1 : -1));
}

export async function removeRun(name: string): Promise<void> {
  await (await allRuns()).removeEntry(name, { recursive: true });
}
