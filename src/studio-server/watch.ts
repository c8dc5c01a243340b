import type { Change, FolderEntry, Job } from "./api.js";
import { type FoundFolder, readEntry, scanFolder } from "./scan.js";

/** Milliseconds between two looks; where a look takes long, its length times ten. */
const shortestPause = 500;

type Listener = (change: Change) => void;

/**
 * The runs and studies below a folder, and what changes of them. It looks instead of asking the system for events: those
 * miss changes on network drives and in containers, and a look at a thousand folders takes milliseconds. It looks only
 * while somebody listens.
 */
export class FolderWatch {
  readonly #listeners = new Set<Listener>();
  readonly #found = new Map<string, FoundFolder>();
  readonly #entries = new Map<string, FolderEntry>();
  #leftOut: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly root: string) {}

  /** What there is now. */
  entries(): readonly FolderEntry[] {
    if (this.#listeners.size === 0) this.#look();
    return [...this.#entries.values()];
  }

  get leftOut(): string | undefined {
    return this.#leftOut;
  }

  entry(path: string): FolderEntry | undefined {
    this.#look();
    return this.#entries.get(path);
  }

  /** @returns ends the listening */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#plan(shortestPause);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Tells all listeners of jobs. */
  tellJobs(jobs: readonly Job[]): void {
    this.#tell({ entries: [], removed: [], jobs });
  }

  close(): void {
    this.#listeners.clear();
    clearTimeout(this.#timer);
  }

  #plan(pause: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const start = performance.now();
      this.#look();
      if (this.#listeners.size > 0) {
        this.#plan(Math.max(shortestPause, 10 * (performance.now() - start)));
      }
    }, pause);
  }

  #look(): void {
    const { found, leftOut } = scanFolder(this.root);
    const paths = new Set(found.map(({ path }) => path));
    const removed = [...this.#found.keys()].filter((path) => !paths.has(path));
    for (const path of removed) {
      this.#found.delete(path);
      this.#entries.delete(path);
    }
    const changed = found.filter(({ path, state }) => this.#found.get(path)?.state !== state);
    const entries = changed.map((folder) => readEntry(this.root, folder));
    for (const [at, folder] of changed.entries()) {
      this.#found.set(folder.path, folder);
      this.#entries.set(folder.path, entries[at]!);
    }
    const isSame = leftOut === this.#leftOut;
    this.#leftOut = leftOut;
    if (entries.length === 0 && removed.length === 0 && isSame) return;
    this.#tell({ entries, removed, jobs: [], ...(leftOut && { leftOut }) });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
