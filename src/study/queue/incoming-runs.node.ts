import { join } from "node:path";
import { InputError } from "../../errors.js";
import { removeFolder, replaceFolder } from "../../files/folders.node.js";
import { type Run, readRun } from "../../runs/run-folder.node.js";
import { studyRunFolder } from "../study-folder.node.js";
import type { Job } from "./messages.js";
import { runBits, writeArchive } from "./run-archive.node.js";

/** Runs that come from a queue's server: each lies in a folder of its own until it is checked. */
export class IncomingRuns {
  readonly #incoming: string;

  /** @param directory of the study */
  constructor(private readonly directory: string) {
    this.#incoming = join(directory, "incoming");
  }

  /**
   * Unpacks a run, which {@link keep} then puts in its place.
   *
   * @throws InputError where it is not the run that its job asked for
   */
  unpack(job: Job, archive: Uint8Array): Run {
    writeArchive(this.#incoming, archive, job.key);
    const found = readRun(this.#incoming);
    const { digest, model } = found.record;
    if (digest !== job.digest) {
      throw new InputError(job.key, `the run ${job.digest.slice(0, 12)}`, digest.slice(0, 12));
    }
    if (model !== job.model) throw new InputError(job.key, `the model ${job.model}`, model);
    if (found.leftOut) throw new InputError(job.key, "a whole run", found.leftOut[0]!);
    return found;
  }

  /**
   * Unpacks a run that is said to be done.
   *
   * @param bits its bits, as its worker says (`runBits`)
   * @throws InputError where it is not done, has other bits, or is not the run that its job asked for
   */
  unpackResult(job: Job, archive: Uint8Array, bits: string | undefined): Run {
    const found = this.unpack(job, archive);
    if (found.record.state !== "done") {
      throw new InputError(job.key, "a run that is done", found.record.state);
    }
    const own = runBits(found);
    if (bits === undefined || bits === own) return found;
    throw new InputError(job.key, `bits ${bits.slice(0, 12)}`, own.slice(0, 12));
  }

  /** Puts the run that was unpacked last in the place of what the study had of it. */
  keep({ key }: Job): void {
    replaceFolder(studyRunFolder(this.directory, key), this.#incoming);
  }

  /** Removes what was unpacked and not kept. */
  clear(): void {
    removeFolder(this.#incoming);
  }
}
