import { thousands } from "../../numbers.js";
import { type Colours, plain } from "./colours.js";

/** How far the training of one model is. */
export interface ModelProgress {
  /** The model's name, padded to the longest. */
  readonly name: string;
  /** The epoch that runs or ended last. */
  readonly epoch: number;
  readonly epochs: number;
  /** Part of all epochs that is done, 0..1. */
  readonly done: number;
  /** Training loss. */
  readonly loss?: number;
  /** Validation accuracy of the last whole epoch, 0..1. */
  readonly accuracy?: number;
  readonly imagesPerSecond?: number;
  /** Time left or taken, in words. */
  readonly time?: string;
}

const gap = "  ";
const widestBar = 24;
const narrowestBar = 6;

/**
 * One line about a model in training, at most `columns` wide. Where the terminal is narrow, the bar
 * shrinks first; then the least needed figures go.
 */
export function progressLine(
  progress: ModelProgress,
  columns: number,
  colours: Colours = plain,
): string {
  const total = String(progress.epochs);
  const name = progress.name;
  const epochs = `${String(progress.epoch).padStart(total.length)}/${total}`;
  const figures = chooseFigures(
    figuresOf(progress),
    columns - width([name, epochs]) - narrowestBar,
  );
  const room = columns - width([name, epochs, ...figures]);
  if (room < narrowestBar) return `${name}${gap}${epochs}`.slice(0, Math.max(0, columns));
  const bar = drawBar(progress.done, Math.min(room, widestBar), colours);
  return [colours.bold(name), bar, epochs, ...figures].join(gap);
}

/** One plain line about an epoch that ended, for output that is no terminal. */
export function epochLine(progress: ModelProgress): string {
  const epochs = `epoch ${progress.epoch}/${progress.epochs}`;
  return [progress.name, epochs, ...figuresOf(progress).map(({ text }) => text)].join(gap);
}

/** A figure of the line, and when it goes: the smallest rank first. */
interface Figure {
  readonly text: string;
  readonly rank: number;
}

function figuresOf({ loss, accuracy, imagesPerSecond, time }: ModelProgress): Figure[] {
  const figures: Figure[] = [];
  if (loss !== undefined) figures.push({ text: `loss ${loss.toFixed(4)}`, rank: 2 });
  if (accuracy !== undefined) {
    figures.push({ text: `acc ${(accuracy * 100).toFixed(2).padStart(5)} %`, rank: 4 });
  }
  if (imagesPerSecond !== undefined) {
    const speed = thousands(Math.round(imagesPerSecond)).padStart(6);
    figures.push({ text: `${speed} img/s`, rank: 1 });
  }
  if (time !== undefined) figures.push({ text: time, rank: 3 });
  return figures;
}

/** The texts of the figures that have room, the gaps before them included. */
function chooseFigures(figures: readonly Figure[], room: number): string[] {
  const kept = [...figures];
  while (kept.length > 0 && width(kept.map(({ text }) => text)) > room) {
    const least = Math.min(...kept.map(({ rank }) => rank));
    kept.splice(
      kept.findIndex(({ rank }) => rank === least),
      1,
    );
  }
  return kept.map(({ text }) => text);
}

/** Width of these parts with a gap behind each. */
function width(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length + gap.length, 0);
}

function drawBar(done: number, size: number, colours: Colours): string {
  const full = Math.round(Math.min(1, Math.max(0, done)) * size);
  return colours.accent("█".repeat(full)) + colours.dim("░".repeat(size - full));
}
