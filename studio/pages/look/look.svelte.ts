import { DIGITS_COUNTS, digits } from "../../../src/data/sources/digits.js";
import { type Answer, Looker, mostImages, pixels } from "./looker.js";
import { loadNetworks } from "./networks.js";
import { type Changes, changed, unchanged } from "./picture.js";

/** Digits that come with the page: the first test digits of the built-in handwriting. */
const sampleCount = 300;
/** Test images of the built-in handwriting to begin with: a seven that nobody confuses. */
const firstDigit = 7;
/** Others in the batch at first. */
const firstCompanions = 7;
/** The digit turns by so many degrees to both sides, there and back in so many milliseconds. */
const turn = { degrees: 50, period: 16_000 };

/** A bundled digit. */
export interface Sample {
  readonly picture: Uint8Array;
  readonly label: number;
}

/** All that the page shows: the picture, what is done to it, and what the networks say of it. */
export class Look {
  readonly samples: readonly Sample[];
  lookers = $state.raw<readonly Looker[]>([]);
  answers = $state.raw<readonly Answer[]>([]);
  /** The picture before the sliders. */
  base = $state.raw<Uint8Array>(new Uint8Array(pixels));
  /** The picture as the networks get it. */
  seen = $state.raw<Uint8Array>(new Uint8Array(pixels));
  changes = $state.raw<Changes>(unchanged);
  /** Indices of samples that share the batch with the picture. */
  companions = $state.raw<readonly number[]>([]);
  /** In place of what the transformer computes. */
  theta = $state.raw<readonly number[] | undefined>();
  /** The network whose values are shown. */
  chosen = $state("stn");
  /** Whether the digit turns by itself. */
  turns = $state(false);
  /** Whether somebody has chosen a picture or moved a slider. */
  isTouched = false;
  #frame = 0;
  #startedTurning: number | undefined;

  constructor() {
    const { test } = digits({ train: 1, test: Math.min(sampleCount, DIGITS_COUNTS.test) });
    this.samples = Array.from({ length: test.count }, (_, at) => ({
      picture: test.images.slice(at * pixels, (at + 1) * pixels),
      label: test.labels[at]!,
    }));
    const first = this.samples.findIndex(({ label }) => label === firstDigit);
    this.base = this.samples[first]!.picture;
    this.seen = this.base;
    this.companions = Array.from({ length: firstCompanions }, (_, at) => first + 1 + at);
  }

  /** Loads the networks; the picture can be changed meanwhile. */
  async open(): Promise<void> {
    const lookers: Looker[] = [];
    for (const network of await loadNetworks()) lookers.push(await Looker.open(network));
    this.lookers = lookers;
    this.#update();
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    for (const looker of this.lookers) looker.close();
  }

  /** Takes a picture in place of the one before; sliders return to rest. */
  show(picture: Uint8Array): void {
    this.isTouched = true;
    this.turns = false;
    this.base = picture;
    this.changes = unchanged;
    this.invalidate();
  }

  change(changes: Partial<Changes>): void {
    this.isTouched = true;
    this.turns = false;
    this.changes = { ...this.changes, ...changes };
    this.invalidate();
  }

  /** Sliders return to rest. */
  undoChanges(): void {
    this.turns = false;
    this.changes = unchanged;
    this.invalidate();
  }

  setTurning(turns: boolean): void {
    this.turns = turns;
    this.#startedTurning = undefined;
    if (turns) this.invalidate();
  }

  setTheta(theta: readonly number[] | undefined): void {
    this.theta = theta;
    this.invalidate();
  }

  choose(name: string): void {
    this.chosen = name;
    // At once, as the page shows all values of the chosen network.
    this.#update();
  }

  addCompanion(sample: number): void {
    if (this.companions.length + 1 >= mostImages) return;
    this.companions = [...this.companions, sample];
    this.invalidate();
  }

  removeCompanion(position: number): void {
    this.companions = this.companions.filter((_, at) => at !== position);
    this.invalidate();
  }

  setCompanions(companions: readonly number[]): void {
    this.companions = companions;
    this.invalidate();
  }

  /** Lets the next frame compute everything anew. */
  invalidate(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame((time) => {
      this.#frame = 0;
      if (this.turns) this.#turn(time);
      this.#update();
      if (this.turns) this.invalidate();
    });
  }

  #turn(time: number): void {
    this.#startedTurning ??= time;
    const phase = (2 * Math.PI * (time - this.#startedTurning)) / turn.period;
    this.changes = { ...this.changes, rotate: Math.sin(phase) * turn.degrees };
  }

  #update(): void {
    const seen = changed(this.base, this.changes);
    const images = new Uint8Array((1 + this.companions.length) * pixels);
    images.set(seen);
    this.companions.forEach((sample, at) => {
      images.set(this.samples[sample]!.picture, (at + 1) * pixels);
    });
    this.seen = seen;
    this.answers = this.lookers.map((looker) =>
      looker.look({ images, theta: this.theta, inside: looker.network.name === this.chosen }),
    );
  }
}
