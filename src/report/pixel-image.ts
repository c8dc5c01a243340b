import { encode } from "fast-png";
import { element } from "./markup.js";

/** Bytes with their layout: row-major, channels last; 1 channel is grey, 3 are RGB, 4 are RGBA. */
export interface Pixels {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly bytes: ArrayLike<number>;
}

/** Position and size of a picture in a drawing. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An `<image>` that holds its pixels as PNG and shows them as squares. */
export function pixelImage(pixels: Pixels, box: Box, label: string): string {
  return element("image", {
    ...box,
    href: pngDataUri(pixels),
    preserveAspectRatio: "none",
    style: "image-rendering:pixelated",
    "aria-label": label,
  });
}

/** The pixels as a `data:image/png` address. */
function pngDataUri({ rows, columns, channels, bytes }: Pixels): string {
  const shown = channels === 1 || channels === 3 || channels === 4 ? channels : 1;
  const data = new Uint8Array(rows * columns * shown);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    // Of an image with any other number of channels, the first one is shown.
    for (let channel = 0; channel < shown; channel++) {
      data[pixel * shown + channel] = bytes[pixel * channels + channel] ?? 0;
    }
  }
  const png = encode({ width: columns, height: rows, data, channels: shown, depth: 8 });
  return `data:image/png;base64,${btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join(""))}`;
}
