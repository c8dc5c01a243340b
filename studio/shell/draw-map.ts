import { legendMultiples, multipleColor, topMultiple } from "../../src/report/attention-scale.js";

/** Colours of values from `low` to `high`, in equal steps. */
export interface ColorTable {
  readonly low: number;
  readonly high: number;
  /** Red, green, blue and alpha of each step. */
  readonly bytes: Uint8ClampedArray;
}

const steps = 256;

function table(low: number, high: number, color: (value: number) => readonly number[]): ColorTable {
  const bytes = new Uint8ClampedArray(steps * 4);
  for (let step = 0; step < steps; step++) {
    const [red, green, blue, alpha = 255] = color(low + (step / (steps - 1)) * (high - low));
    bytes.set([red!, green!, blue!, alpha], step * 4);
  }
  return { low, high, bytes };
}

/** A picture's bytes: light on black. */
export const greys: ColorTable = table(0, 255, (value) => [value, value, value]);

/** Multiples of the even share of attention, as in the reports; logarithmic. */
export const attentionColors: ColorTable = table(0, topMultiple, (multiple) =>
  multipleColor(multiple),
);

export { legendMultiples };

/**
 * Values of both signs: orange above 0, blue below, and the page's own colour at 0.
 *
 * @param most where the colours are full; larger values have the same colour
 */
export function signedColors(most: number): ColorTable {
  return table(-most, most, (value) => {
    const alpha = 255 * Math.sqrt(Math.abs(value) / most);
    return value > 0 ? [232, 119, 20, alpha] : [52, 133, 214, alpha];
  });
}

/** One or more maps of equal size, side by side in rows of `across`, a pixel a value, with a pixel between them. */
export interface DrawnMaps {
  readonly values: ArrayLike<number>;
  readonly maps: number;
  readonly rows: number;
  readonly columns: number;
  readonly across: number;
}

/** Width and height of drawn maps in pixels. */
export function drawnSize({ maps, rows, columns, across }: Omit<DrawnMaps, "values">): {
  readonly width: number;
  readonly height: number;
} {
  const down = Math.ceil(maps / across);
  return { width: across * (columns + 1) - 1, height: down * (rows + 1) - 1 };
}

/** The memory that each canvas is drawn from. */
const surfaces = new WeakMap<HTMLCanvasElement, { image: ImageData; words: Uint32Array }>();

function surfaceOf(canvas: HTMLCanvasElement, width: number, height: number) {
  const known = surfaces.get(canvas);
  if (known?.image.width === width && known.image.height === height) return known;
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const made = { image, words: new Uint32Array(image.data.buffer) };
  surfaces.set(canvas, made);
  return made;
}

/** Draws maps; pixels between them stay clear, and values that are not finite are magenta. */
export function drawMaps(canvas: HTMLCanvasElement, drawn: DrawnMaps, colors: ColorTable): void {
  const { values, maps, rows, columns, across } = drawn;
  const { width, height } = drawnSize(drawn);
  const { image, words } = surfaceOf(canvas, width, height);
  const palette = new Uint32Array(colors.bytes.buffer);
  const scale = (steps - 1) / (colors.high - colors.low);
  for (let map = 0; map < maps; map++) {
    const left = (map % across) * (columns + 1);
    const top = Math.floor(map / across) * (rows + 1);
    for (let row = 0; row < rows; row++) {
      let at = (map * rows + row) * columns;
      let to = (top + row) * width + left;
      for (let column = 0; column < columns; column++) {
        const step = Math.round((values[at++]! - colors.low) * scale);
        // The last row of a vector that does not fill it.
        if (at > values.length) break;
        words[to++] = Number.isNaN(step)
          ? magenta
          : palette[step < 0 ? 0 : step > steps - 1 ? steps - 1 : step]!;
      }
    }
  }
  // Small canvases that change in each frame are faster in the processor's memory than in that of a graphics card.
  canvas.getContext("2d", { willReadFrequently: true })!.putImageData(image, 0, 0);
}

/** Little-endian: alpha, blue, green, red. */
const magenta = 0xffff00ff;
