import { type Distortion, distortInTurn } from "../../../src/data/transforms/distort.js";
import { type Framing, framed } from "../../../src/data/transforms/frame.js";
import type { Pixels } from "../../../src/data/transforms/pixels.js";
import { InputError } from "../../../src/errors.js";
import { pixels, side } from "./looker.js";

/** What the sliders do to a picture. */
export interface Changes {
  readonly rotate: number;
  readonly right: number;
  readonly down: number;
  readonly scale: number;
  readonly shear: number;
  readonly noise: number;
  readonly invert: boolean;
}

export const unchanged: Changes = {
  ...{ rotate: 0, right: 0, down: 0, scale: 1, shear: 0, noise: 0 },
  invert: false,
};

const shape = { channels: 1, rows: side, columns: side };
/** The built-in handwriting is light on dark, with its longer side over 20 of 28 pixels. */
const framing: Framing = { isDark: true, centred: { extent: 20 / 28 } };
/** A larger file is refused before it is read, bytes. */
const mostBytes = 64 * 2 ** 20;
/** Pictures are made this large at most before they are framed. */
const largest = 512;

/** The picture as the networks get it. */
export function changed(picture: Uint8Array, changes: Changes): Uint8Array {
  const set = { count: 1, images: picture, labels: new Uint8Array(1) };
  return distortInTurn(set, shape, distortionsOf(changes)).images;
}

function distortionsOf(changes: Changes): Distortion[] {
  const { rotate, right, down, scale, shear, noise, invert } = changes;
  return [
    ...(shear ? [{ kind: "shear", degrees: shear } as const] : []),
    ...(scale !== 1 ? [{ kind: "scale", factor: scale } as const] : []),
    ...(rotate ? [{ kind: "rotate", degrees: rotate } as const] : []),
    ...(right || down ? [{ kind: "shift", right, down } as const] : []),
    ...(invert ? [{ kind: "invert" } as const] : []),
    ...(noise ? [{ kind: "noise", deviation: noise, seed: 1 } as const] : []),
  ];
}

/** The mean of each block of a drawing whose side is a multiple of the picture's. */
export function smallDrawing({ width, data }: ImageData): Uint8Array {
  const block = width / side;
  const found = new Uint8Array(pixels);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (let y = row * block; y < (row + 1) * block; y++) {
        for (let x = column * block; x < (column + 1) * block; x++)
          sum += data[(y * width + x) * 4]!;
      }
      found[row * side + column] = Math.round(sum / (block * block));
    }
  }
  return found;
}

/**
 * The picture of a file, framed as the built-in digits are.
 *
 * @throws InputError where it is no picture, as the command line does
 */
export async function readPicture(file: File): Promise<Uint8Array> {
  if (file.size > mostBytes) {
    const size = `${Math.round(file.size / 2 ** 20)} MiB`;
    throw new InputError(file.name, "a picture of at most 64 MiB", size);
  }
  return framedPicture((await byBrowser(file)) ?? (await byDecoders(file)));
}

/** The picture of a camera or another source that the browser draws. */
export function grabbed(source: CanvasImageSource, width: number, height: number): Uint8Array {
  return framedPicture(pixelsOf(source, width, height));
}

function framedPicture(picture: Pixels): Uint8Array {
  return Uint8Array.from(framed(picture, shape, framing).picture.values);
}

/** Browsers are fast and read more formats; undefined where this one cannot read the file. */
async function byBrowser(file: File): Promise<Pixels | undefined> {
  try {
    const bitmap = await createImageBitmap(file);
    const picture = pixelsOf(bitmap, bitmap.width, bitmap.height);
    bitmap.close();
    return picture;
  } catch {
    return undefined;
  }
}

/** The command line's decoders read other formats, and say what is wrong with a file. */
async function byDecoders(file: File): Promise<Pixels> {
  const [{ decodePicture }, { preparePicture }] = await Promise.all([
    import("../../../src/data/sources/pictures/decode.js"),
    import("../../../src/data/transforms/prepare.js"),
  ]);
  return preparePicture(decodePicture(new Uint8Array(await file.arrayBuffer()), file.name));
}

function pixelsOf(source: CanvasImageSource, width: number, height: number): Pixels {
  const scale = Math.min(1, largest / Math.max(width, height));
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const context = new OffscreenCanvas(columns, rows).getContext("2d")!;
  // Transparent parts are white, as on paper.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, columns, rows);
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(source, 0, 0, columns, rows);
  const { data } = context.getImageData(0, 0, columns, rows);
  const values = new Uint8Array(rows * columns * 3);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      values[pixel * 3 + channel] = data[pixel * 4 + channel]!;
    }
  }
  return { rows, columns, channels: 3, values };
}
