import type { FolderArchive } from "./archive.js";
import { type Job, names } from "./messages.js";
import type { Store } from "./server.js";

/** Sends the states of a run's epochs, one after the other; while one is sent, only the last of those after it is kept. */
export class EpochUpload {
  #next: { readonly epoch: number; readonly archive: FolderArchive } | undefined;
  #sending: Promise<void> | undefined;

  /** @param onSent called when the state of an epoch is on the server */
  constructor(
    private readonly store: Store,
    private readonly job: Job,
    private readonly onSent: (epoch: number) => void,
  ) {}

  put(epoch: number, archive: FolderArchive): void {
    this.#next = { epoch, archive };
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    // Told by `ended`.
    this.#sending.catch(() => {});
  }

  /** @throws what sending threw */
  async ended(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    const { study, digest } = this.job;
    while (this.#next !== undefined) {
      const { epoch, archive } = this.#next;
      this.#next = undefined;
      await this.store.putNewer(names.epoch(study, digest), epoch, archive);
      this.onSent(epoch);
    }
  }
}
