/** A decoded picture: bytes 0..255, row-major, channels last; 1 channel is grey, 3 are red, green and blue. */
export interface Picture {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly bytes: Uint8Array | Uint8ClampedArray;
}

/**
 * A picture at another size. Smaller: each pixel is the mean of the area that it covers, so that thin lines become
 * lighter and none is lost. Larger: bilinear between pixel centres. Rows and columns are treated apart. Only sums and
 * products of float64 in a fixed order, so every machine gives the same bytes.
 */
export function resample(picture: Picture, rows: number, columns: number): Picture {
  const { channels } = picture;
  const across = weightsFor(picture.columns, columns);
  const down = weightsFor(picture.rows, rows);
  const wide = new Float64Array(picture.rows * columns * channels);
  for (let row = 0; row < picture.rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (const { from, weight } of across[column]!) {
        const source = (row * picture.columns + from) * channels;
        const target = (row * columns + column) * channels;
        for (let channel = 0; channel < channels; channel++) {
          wide[target + channel]! += weight * picture.bytes[source + channel]!;
        }
      }
    }
  }
  const bytes = new Uint8Array(rows * columns * channels);
  const width = columns * channels;
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < width; at++) {
      let sum = 0;
      for (const { from, weight } of down[row]!) sum += weight * wide[from * width + at]!;
      bytes[row * width + at] = Math.round(sum);
    }
  }
  return { rows, columns, channels, bytes };
}

interface Share {
  readonly from: number;
  readonly weight: number;
}

/** Which source pixels make each target pixel along one axis, with weights that sum to 1. */
function weightsFor(source: number, target: number): Share[][] {
  const scale = source / target;
  return Array.from({ length: target }, (_, at) =>
    scale > 1 ? coveredBy(at * scale, (at + 1) * scale, source) : between(at, scale, source),
  );
}

function coveredBy(start: number, end: number, source: number): Share[] {
  const shares: Share[] = [];
  for (let from = Math.floor(start); from < Math.min(end, source); from++) {
    const overlap = Math.min(end, from + 1) - Math.max(start, from);
    if (overlap > 0) shares.push({ from, weight: overlap / (end - start) });
  }
  return shares;
}

function between(at: number, scale: number, source: number): Share[] {
  const position = Math.min(Math.max((at + 0.5) * scale - 0.5, 0), source - 1);
  const from = Math.floor(position);
  const part = position - from;
  if (part === 0) return [{ from, weight: 1 }];
  return [
    { from, weight: 1 - part },
    { from: from + 1, weight: part },
  ];
}
