import { SvelteMap } from "svelte/reactivity";
import {
  aliveEvery,
  apiPaths,
  type Change,
  type FolderEntry,
  type Job,
  type Listing,
  type ServerEvent,
} from "../../../src/studio-server/api.js";
import type { ChosenFile } from "../../shell/chosen-files.js";
import { askServer, hasServer, ServerProblem } from "../../shell/server.js";
import { type DroppedFolders, readDropped } from "./dropped.js";
import { eventData } from "./event-stream.js";

export type Connection =
  /** A static site: runs are dropped in. */
  | { readonly kind: "none" }
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** `problem` says why, and `isFinal` that trying again does not help. */
  | { readonly kind: "lost"; readonly problem: string; readonly isFinal: boolean };

/** Milliseconds: a server that says nothing for so long is lost; and the pause before the next try. */
const patience = 3 * aliveEvery;
const pause = 1_000;

/** The run and study folders that the page shows: the server's, live, and those that were dropped in. */
export class Feed {
  readonly entries = new SvelteMap<string, FolderEntry>();
  readonly jobs = new SvelteMap<string, Job>();
  connection = $state.raw<Connection>(hasServer ? { kind: "connecting" } : { kind: "none" });
  folder = $state("");
  leftOut = $state<string>();
  canPause = $state(false);
  readonly #dropped = new Map<string, DroppedFolders>();

  /** @returns ends the connection */
  start(): () => void {
    if (!hasServer) return () => {};
    const stop = new AbortController();
    void this.#follow(stop.signal);
    return () => stop.abort();
  }

  /** The bytes of a file of a folder. */
  async read(path: string, name: string): Promise<Uint8Array> {
    const whole = path === "" ? name : `${path}/${name}`;
    const dropped = this.#dropped.get(path);
    if (dropped) return dropped.read(whole);
    const answer = await askServer(`${apiPaths.file}?path=${encodeURIComponent(whole)}`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  /**
   * Adds what was dropped.
   *
   * @throws InputError where it has no run
   */
  async drop(files: readonly ChosenFile[]): Promise<void> {
    const found = await readDropped(files);
    for (const entry of found.entries) {
      this.entries.set(entry.path, entry);
      this.#dropped.set(entry.path, found);
    }
  }

  /** Takes a folder that was dropped in off the page; the folder itself stays. */
  forget(path: string): FolderEntry | undefined {
    const entry = this.entries.get(path);
    if (!this.#dropped.has(path)) return undefined;
    this.entries.delete(path);
    return entry;
  }

  /** Takes back {@link forget}. */
  remember(entry: FolderEntry): void {
    this.entries.set(entry.path, entry);
  }

  isDropped(path: string): boolean {
    return this.#dropped.has(path);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const problem = await this.#listen(signal);
      if (signal.aborted) return;
      const isFinal = problem.status === 401 || problem.status === 403;
      this.connection = { kind: "lost", problem: problem.message, isFinal };
      if (isFinal) return;
      await new Promise((done) => setTimeout(done, pause));
    }
  }

  /** Listens until the connection ends, and says why. */
  async #listen(signal: AbortSignal): Promise<ServerProblem> {
    const silent = new AbortController();
    const either = AbortSignal.any([signal, silent.signal]);
    const giveUp = () => silent.abort();
    let timer = setTimeout(giveUp, patience);
    try {
      const answer = await askServer(apiPaths.events, { signal: either });
      for await (const data of eventData(answer.body!, either)) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, patience);
        this.#take(JSON.parse(data) as ServerEvent);
      }
      return new ServerProblem("The server has ended.", undefined);
    } catch (error) {
      if (error instanceof ServerProblem) return error;
      return new ServerProblem("The server does not answer.", undefined);
    } finally {
      clearTimeout(timer);
    }
  }

  #take(event: ServerEvent): void {
    if (event.kind === "listing") this.#replace(event.listing);
    if (event.kind === "change") this.#change(event.change);
    if (this.connection.kind !== "live") this.connection = { kind: "live" };
  }

  #replace({ folder, entries, jobs, leftOut, canPause }: Listing): void {
    const paths = new Set(entries.map(({ path }) => path));
    for (const path of this.entries.keys()) {
      if (!paths.has(path) && !this.#dropped.has(path)) this.entries.delete(path);
    }
    for (const entry of entries) {
      const known = this.entries.get(entry.path);
      if (JSON.stringify(known) !== JSON.stringify(entry)) this.entries.set(entry.path, entry);
    }
    this.jobs.clear();
    for (const job of jobs) this.jobs.set(job.path, job);
    this.folder = folder;
    this.leftOut = leftOut;
    this.canPause = canPause;
  }

  #change({ entries, removed, jobs, leftOut }: Change): void {
    for (const path of removed) this.entries.delete(path);
    for (const entry of entries) this.entries.set(entry.path, entry);
    for (const job of jobs) this.jobs.set(job.path, job);
    if (leftOut !== undefined) this.leftOut = leftOut;
  }
}
