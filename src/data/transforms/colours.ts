import type { Pixels } from "./pixels.js";

/** Lays a picture with alpha over white, as viewers show it: `(α · value + (255 − α) · 255) / 255`, rounded. */
export function overWhite(picture: Pixels): Pixels {
  const { rows, columns, channels, values } = picture;
  if (channels % 2 === 1) return picture;
  const colours = channels - 1;
  const laid = new Uint8Array(rows * columns * colours);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    const alpha = values[pixel * channels + colours]!;
    for (let channel = 0; channel < colours; channel++) {
      const value = values[pixel * channels + channel]!;
      const sum = alpha * value + (255 - alpha) * 255;
      laid[pixel * colours + channel] = Math.floor(sum / 255 + 0.5);
    }
  }
  return { rows, columns, channels: colours, values: laid };
}

/** Whether red, green and blue are the same at every pixel. */
export function isGrey({ channels, values }: Pixels): boolean {
  if (channels === 1) return true;
  for (let at = 0; at < values.length; at += 3) {
    if (values[at] !== values[at + 1] || values[at] !== values[at + 2]) return false;
  }
  return true;
}

/** Luma of ITU-R BT.601, `(19595 · red + 38470 · green + 7471 · blue) / 65536` rounded, as Pillow's mode L. */
export function toGrey(picture: Pixels): Pixels {
  const { rows, columns, channels, values } = picture;
  if (channels === 1) return picture;
  const grey = new Uint8Array(rows * columns);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const at = 3 * pixel;
    const sum = 19595 * values[at]! + 38470 * values[at + 1]! + 7471 * values[at + 2]!;
    grey[pixel] = (sum + 32768) >> 16;
  }
  return { rows, columns, channels: 1, values: grey };
}

/** Grey values three times. */
export function toColour(values: Uint8Array): Uint8Array {
  const colour = new Uint8Array(3 * values.length);
  for (let at = 0; at < values.length; at++) colour.fill(values[at]!, 3 * at, 3 * at + 3);
  return colour;
}
