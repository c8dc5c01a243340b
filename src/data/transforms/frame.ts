import type { ImageShape } from "../../graph/graph.js";
import { toColour, toGrey } from "./colours.js";
import { type Fit, fitTo } from "./fit.js";
import type { Pixels } from "./pixels.js";
import { resize } from "./resize.js";

/** How the pictures of a data set lie in their frames. */
export interface Framing {
  /** One channel, and the border is dark: light marks on a dark ground, as handwritten digits have. */
  readonly isDark: boolean;
  /**
   * The marks keep clear of the border and their centre of mass lies in the middle, as in MNIST; the share of the frame
   * that they are as long as.
   */
  readonly centred?: { readonly extent: number };
  /** How pictures of other shapes were brought to the set's; default `pad`. */
  readonly fit?: Fit;
}

/** A picture as a network takes it. */
export interface FramedPicture {
  readonly picture: Pixels;
  /** Whether dark marks on a light ground were made light on dark. */
  readonly isInverted: boolean;
}

/** A border darker than this is dark, one lighter than `light` is light. */
const dark = 64;
const light = 160;

/** Bytes above this are marks. */
const inked = 32;

/** How far the centres of mass may lie from the middle, as a share of the frame: the root of the mean square. */
const offCentre = 0.08;

/**
 * How pictures of a data set lie in their frames, from some of them.
 *
 * @param images bytes of one picture each, channels last
 */
export function framingOf(
  { channels, rows, columns }: ImageShape,
  images: readonly ArrayLike<number>[],
): Framing {
  if (channels !== 1 || images.length === 0) return { isDark: false };
  const pictures = images.map((pixels): Pixels => {
    return { rows, columns, channels, values: Uint8Array.from(pixels) };
  });
  const isDark = pictures.every((picture) => borderMean(picture) < dark);
  if (!isDark) return { isDark };
  const extent = commonExtent(pictures);
  return extent === undefined ? { isDark } : { isDark, centred: { extent } };
}

/**
 * Brings a picture into the form of a data set: its channels, light marks on dark ground where the set has that, and its
 * size. A picture that has the size already stays where it is. Where the marks of the set are centred, those of a larger
 * or smaller picture are cut out, scaled to the same extent and put with their centre of mass in the middle; else the
 * picture is brought to the size as `fit` says.
 */
export function framed(picture: Pixels, shape: ImageShape, framing: Framing): FramedPicture {
  const { rows, columns } = shape;
  let fitted = withChannels(picture, shape.channels);
  const isInverted = framing.isDark && borderMean(fitted) > light;
  if (isInverted) fitted = { ...fitted, values: fitted.values.map((byte) => 255 - byte) };
  if (fitted.rows !== rows || fitted.columns !== columns) {
    fitted = framing.centred
      ? centred(onBlack(fitted), shape, framing.centred.extent)
      : fitTo(fitted, rows, columns, framing.fit ?? "pad");
  }
  return { picture: fitted, isInverted };
}

function withChannels(picture: Pixels, channels: number): Pixels {
  if (picture.channels === channels) return picture;
  if (channels === 1) return toGrey(picture);
  return { ...picture, channels, values: toColour(picture.values) };
}

function borderMean({ rows, columns, channels, values }: Pixels): number {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (row > 0 && row < rows - 1 && column > 0 && column < columns - 1) continue;
      sum += values[(row * columns + column) * channels]!;
      count++;
    }
  }
  return sum / count;
}

interface Marks {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The smallest box with all marks, ends exclusive; undefined where there are none. */
function marksOf({ rows, columns, values }: Pixels): Marks | undefined {
  let [top, bottom, left, right] = [rows, 0, columns, 0];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (values[row * columns + column]! <= inked) continue;
      [top, bottom] = [Math.min(top, row), row + 1];
      [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
    }
  }
  return bottom > top ? { top, bottom, left, right } : undefined;
}

/** Centre of mass in pixels; 0.5 is the middle of the first. */
function centreOf({ rows, columns, values }: Pixels): { row: number; column: number } {
  let [mass, sumRows, sumColumns] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const byte = values[row * columns + column]!;
      mass += byte;
      sumRows += byte * (row + 0.5);
      sumColumns += byte * (column + 0.5);
    }
  }
  return { row: sumRows / mass, column: sumColumns / mass };
}

/** The length of the marks of centred pictures, as a share of the frame; undefined where they are not centred. */
function commonExtent(pictures: readonly Pixels[]): number | undefined {
  const lengths: number[] = [];
  let squares = 0;
  for (const picture of pictures) {
    const marks = marksOf(picture);
    if (!marks || !isClear(picture, marks)) continue;
    const { rows, columns } = picture;
    const { row, column } = centreOf(picture);
    squares += (row / rows - 0.5) ** 2 + (column / columns - 0.5) ** 2;
    lengths.push(Math.max((marks.bottom - marks.top) / rows, (marks.right - marks.left) / columns));
  }
  // Some writers of a set may break its rule.
  const isCommon = lengths.length >= 0.8 * pictures.length;
  return isCommon && Math.sqrt(squares / (2 * lengths.length)) <= offCentre
    ? lengths.sort((a, b) => a - b)[lengths.length >> 1]
    : undefined;
}

/** Whether marks keep clear of the border. */
function isClear({ rows, columns }: Pixels, { top, bottom, left, right }: Marks): boolean {
  return top > 0 && left > 0 && bottom < rows && right < columns;
}

/** Paper is never as dark as the ground of a set: what is hardly lighter than the border becomes 0, the lightest 255. */
function onBlack(picture: Pixels): Pixels {
  const border = borderMean(picture);
  let most = 0;
  for (const value of picture.values) most = Math.max(most, value);
  const ground = border + 0.15 * (most - border);
  if (most - ground < 1) return picture;
  const scale = 255 / (most - ground);
  const values = picture.values.map((value) => Math.round(Math.max(0, value - ground) * scale));
  return { ...picture, values };
}

/** The marks alone, in the size and at the position that those of the set have; a picture without marks is all ground. */
function centred(picture: Pixels, { rows, columns }: ImageShape, extent: number): Pixels {
  const marks = marksOf(picture);
  if (!marks) return { rows, columns, channels: 1, values: new Uint8Array(rows * columns) };
  const cut = cropped(picture, marks);
  const scale = Math.min((extent * rows) / cut.rows, (extent * columns) / cut.columns);
  const small = resize(
    cut,
    Math.max(1, Math.round(cut.rows * scale)),
    Math.max(1, Math.round(cut.columns * scale)),
  );
  const centre = centreOf(small);
  const top = Math.round(rows / 2 - centre.row);
  const left = Math.round(columns / 2 - centre.column);
  return placed(small, { rows, columns }, top, left, 0);
}

function cropped({ rows: _, columns, channels, values }: Pixels, marks: Marks): Pixels {
  const rows = marks.bottom - marks.top;
  const width = marks.right - marks.left;
  const found = new Uint8Array(rows * width * channels);
  for (let row = 0; row < rows; row++) {
    const from = ((marks.top + row) * columns + marks.left) * channels;
    found.set(values.subarray(from, from + width * channels), row * width * channels);
  }
  return { rows, columns: width, channels, values: found };
}

/** A picture on a ground of one colour; what reaches beyond it is cut off. */
function placed(
  { rows, columns, channels, values }: Pixels,
  frame: { readonly rows: number; readonly columns: number },
  top: number,
  left: number,
  ground: number,
): Pixels {
  const found = new Uint8Array(frame.rows * frame.columns * channels).fill(ground);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [to, at] = [top + row, left + column];
      if (to < 0 || to >= frame.rows || at < 0 || at >= frame.columns) continue;
      for (let channel = 0; channel < channels; channel++) {
        found[(to * frame.columns + at) * channels + channel] =
          values[(row * columns + column) * channels + channel]!;
      }
    }
  }
  return { ...frame, channels, values: found };
}
