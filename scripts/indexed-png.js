import { crc32, deflateSync } from "node:zlib";
import { decode } from "fast-png";

const mostColors = 256;

/**
 * A PNG with a palette of 256 colours, which is a fraction of the size of one in full colour; other colours become the
 * nearest of these. Each next colour of the palette is the one whose pixels are furthest off without it, so that a thin line
 * keeps its colour beside large even areas.
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
  const { palette, indices } = choosePalette(counts);
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

/** The palette, and the index in it of the nearest colour of each. */
function choosePalette(counts) {
  const colors = [...counts.keys()];
  const off = colors.map(() => Number.POSITIVE_INFINITY);
  const indices = new Map();
  const palette = [];
  const mostFrequent = colors.reduce((a, b) => (counts.get(b) > counts.get(a) ? b : a));
  for (let next = mostFrequent; next !== undefined; next = furthestOff(colors, off, counts)) {
    if (palette.length === mostColors) break;
    palette.push(next);
    for (const [at, color] of colors.entries()) {
      const squares = squaredDistance(color, next);
      if (squares >= off[at]) continue;
      off[at] = squares;
      indices.set(color, palette.length - 1);
    }
  }
  return { palette, indices };
}

/** The colour whose pixels are furthest from the palette; undefined where all are in it. */
function furthestOff(colors, off, counts) {
  let furthest;
  let most = 0;
  for (const [at, color] of colors.entries()) {
    const error = off[at] * counts.get(color);
    if (error > most) [furthest, most] = [color, error];
  }
  return furthest;
}

function squaredDistance(one, other) {
  const [a, b] = [channelsOf(one), channelsOf(other)];
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

function chunk(type, content) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
