import type { WriteStream } from "node:tty";
import { SingleBar } from "cli-progress";
import { thousands } from "../../numbers.js";
import { isLive, lineRoom } from "./live.js";

/** Shows what takes time before training: a live line on a terminal, a line a step elsewhere. */
export class LoadingDisplay {
  readonly #bar: SingleBar;
  #step = "";
  #line = "";

  constructor(private readonly stream: WriteStream) {
    this.#bar = new SingleBar({
      stream,
      hideCursor: true,
      clearOnComplete: true,
      format: () => this.#line.slice(0, lineRoom(stream)),
    });
  }

  /** A file is downloaded; bytes. */
  readonly download = (file: string, done: number, total: number | undefined): void => {
    const of = total === undefined ? "" : ` of ${megabytes(total)}`;
    this.#show(`downloading ${file}`, `${megabytes(done)}${of} MB`, done, total ?? done);
  };

  /** The built-in images are written; images. */
  readonly generate = (done: number, total: number): void => {
    const counts = `${thousands(done)} of ${thousands(total)}`;
    this.#show("writing the built-in digits", counts, done, total);
  };

  /** Distorted images are made; images. */
  readonly distort = (done: number, total: number): void => {
    const counts = `${thousands(done)} of ${thousands(total)}`;
    this.#show("distorting the images", counts, done, total);
  };

  /** Pictures are decoded; pictures. */
  readonly decode = (done: number, total: number): void => {
    const counts = `${thousands(done)} of ${thousands(total)}`;
    this.#show("decoding the pictures", counts, done, total);
  };

  /** Gives the terminal back as it was. */
  close(): void {
    this.#bar.stop();
  }

  #show(step: string, figures: string, done: number, total: number): void {
    const isNew = step !== this.#step;
    this.#step = step;
    this.#line = `${step}  ${figures}`;
    if (isLive(this.stream)) {
      if (isNew) {
        this.#bar.stop();
        this.#bar.start(total, done);
      } else this.#bar.update(done);
    } else if (isNew) this.stream.write(`${step}\n`);
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
