import { crc32, deflateSync } from "node:zlib";
import { decode } from "fast-png";

const mostColors = 256;

/**
 * A PNG with a palette of its 256 most frequent colours, which is a fraction of the size of one in full colour; other
 * colours become the nearest of these.
 *
 * @param {Uint8Array} png with 3 or 4 channels of 8 bits
 * @returns {Uint8Array}
 */
export function indexedPng(png) {
  const { width, height, data, channels } = decode(png);
  const colorAt = (pixel) =>
    (data[pixel * channels] << 16) | (data[pixel * channels + 1] << 8) | data[pixel * channels + 2];
  const counts = new Map();
  for (let pixel = 0; pixel < width * height; pixel++) {
    const color = colorAt(pixel);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const palette = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostColors)
    .map(([color]) => color);
  const indices = new Map([...counts.keys()].map((color) => [color, nearest(palette, color)]));
  // Each row begins with the number of its filter, 0 for none.
  const rows = new Uint8Array(height * (width + 1));
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      rows[row * (width + 1) + column + 1] = indices.get(colorAt(row * width + column));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, with a palette.
  header.set([8, 3], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(channelsOf))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function channelsOf(color) {
  return [color >> 16, (color >> 8) & 255, color & 255];
}

function nearest(palette, color) {
  const wanted = channelsOf(color);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  palette.forEach((each, index) => {
    const distance = channelsOf(each).reduce((sum, x, at) => sum + (x - wanted[at]) ** 2, 0);
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

function chunk(type, content) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
