import type { RandomStream } from "./random.js";
import type { InkPath } from "./raster.js";
import { SKELETONS, type Skeleton, type SkeletonPoint } from "./skeletons.js";
import { pickSkeleton, type Writer } from "./writer.js";

/** Straight pieces for each piece of a curve between two points of the skeleton. */
const PIECES = 5;
const MOST_PATH_POINTS = 256;
/** How much of a point's straying passes to the next, and what is added: 0.6² + 0.8² = 1. */
const STRAY_KEPT = 0.6;
const STRAY_NEW = 0.8;

/** An empty path with room for any digit. */
export function emptyPath(): InkPath {
  return {
    points: new Float64Array(3 * MOST_PATH_POINTS),
    joined: new Uint8Array(MOST_PATH_POINTS),
    length: 0,
  };
}

/** Appends one point; its half width is set later. */
function touch(path: InkPath, x: number, y: number, joined: 0 | 1): void {
  path.points[3 * path.length] = x;
  path.points[3 * path.length + 1] = y;
  path.joined[path.length++] = joined;
}

/**
 * Appends a smooth curve through the points (Catmull-Rom; tangents at a corner are a mix of those
 * of either side alone and of the smooth one, by `roundness`).
 */
function curveThrough(
  path: InkPath,
  xs: readonly number[],
  ys: readonly number[],
  stroke: readonly SkeletonPoint[],
  roundness: number,
): void {
  const last = xs.length - 1;
  touch(path, xs[0]!, ys[0]!, 0);
  for (let i = 0; i < last; i++) {
    const x0 = xs[i]!;
    const y0 = ys[i]!;
    const x1 = xs[i + 1]!;
    const y1 = ys[i + 1]!;
    const before = i === 0 ? 0 : stroke[i]![2] === 1 ? roundness : 1;
    const after = i + 1 === last ? 0 : stroke[i + 1]![2] === 1 ? roundness : 1;
    const px = i === 0 ? x0 : xs[i - 1]!;
    const py = i === 0 ? y0 : ys[i - 1]!;
    const nx = i + 1 === last ? x1 : xs[i + 2]!;
    const ny = i + 1 === last ? y1 : ys[i + 2]!;
    const startX = before * (x1 - px) * 0.5 + (1 - before) * (x1 - x0);
    const startY = before * (y1 - py) * 0.5 + (1 - before) * (y1 - y0);
    const endX = after * (nx - x0) * 0.5 + (1 - after) * (x1 - x0);
    const endY = after * (ny - y0) * 0.5 + (1 - after) * (y1 - y0);
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      const u = 1 - t;
      // Cubic Hermite basis.
      const h0 = (1 + 2 * t) * u * u;
      const h1 = t * u * u;
      const h2 = t * t * (3 - 2 * t);
      const h3 = -t * t * u;
      touch(
        path,
        h0 * x0 + h1 * startX + h2 * x1 + h3 * endX,
        h0 * y0 + h1 * startY + h2 * y1 + h3 * endY,
        1,
      );
    }
  }
}

/** Puts the skeleton's strokes on the path, as this writer's hand strays from them this time. */
function traceSkeleton(
  path: InkPath,
  skeleton: Skeleton,
  strays: Float64Array,
  sloppiness: number,
  roundness: number,
  random: RandomStream,
): void {
  let stray = 0;
  for (const stroke of skeleton.strokes) {
    const xs: number[] = [];
    const ys: number[] = [];
    // A hand that strays continues to stray for a while: each point keeps a part of the last one's.
    let dx = random.bell(sloppiness);
    let dy = random.bell(sloppiness);
    for (const point of stroke) {
      xs.push(point[0] + strays[stray]! + dx);
      ys.push(point[1] + strays[stray + 1]! + dy);
      dx = STRAY_KEPT * dx + random.bell(STRAY_NEW * sloppiness);
      dy = STRAY_KEPT * dy + random.bell(STRAY_NEW * sloppiness);
      stray += 2;
    }
    // The pen comes down early or late, and leaves the paper early or late.
    const last = xs.length - 1;
    const early = random.bell(0.13);
    const late = random.bell(0.13);
    xs[0]! += early * (xs[0]! - xs[1]!);
    ys[0]! += early * (ys[0]! - ys[1]!);
    xs[last]! += late * (xs[last]! - xs[last - 1]!);
    ys[last]! += late * (ys[last]! - ys[last - 1]!);
    curveThrough(path, xs, ys, stroke, roundness);
  }
}

/** Bends the paper: a smooth displacement, quadratic and cubic in the place. */
function bend(path: InkPath, strength: number, random: RandomStream): void {
  const c = Array.from({ length: 12 }, () => random.bell(strength));
  for (let p = 0; p < path.length; p++) {
    const u = 2 * path.points[3 * p]! - 1;
    const v = 2 * path.points[3 * p + 1]! - 1;
    const uu = u * u;
    const uv = u * v;
    const vv = v * v;
    path.points[3 * p]! +=
      c[0]! * uu + c[1]! * uv + c[2]! * vv + c[3]! * vv * v + c[4]! * uv * v + c[5]! * uu * v;
    path.points[3 * p + 1]! +=
      c[6]! * uu + c[7]! * uv + c[8]! * vv + c[9]! * uu * u + c[10]! * uv * u + c[11]! * uv * v;
  }
}

/** Slant, width, turn and size: from the unit box to pixels, still without a place. */
function shape(path: InkPath, writer: Writer, random: RandomStream): void {
  const slant = writer.slant + random.bell(0.07);
  const aspect = writer.aspect * (1 + random.bell(0.09));
  const height = writer.height * (1 + random.bell(0.05));
  // A rotation by the rational circle: t is the tangent of half the angle.
  const t = random.bell(0.06);
  const unit = 1 / (1 + t * t);
  const cos = (1 - t * t) * unit;
  const sin = 2 * t * unit;
  for (let p = 0; p < path.length; p++) {
    const y = path.points[3 * p + 1]! - 0.5;
    const x = (path.points[3 * p]! - 0.5) * aspect - slant * y;
    path.points[3 * p] = (cos * x - sin * y) * height;
    path.points[3 * p + 1] = (sin * x + cos * y) * height;
  }
}

/**
 * Centres the ink's mass in the picture, give or take a pixel or two, and shrinks what would not fit: as
 * in MNIST, nothing of a digit is cut off.
 */
function place(path: InkPath, size: number, margin: number, random: RandomStream): void {
  const { points } = path;
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  let mass = 0;
  let massX = 0;
  let massY = 0;
  for (let p = 0; p < path.length; p++) {
    const x = points[3 * p]!;
    const y = points[3 * p + 1]!;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    if (path.joined[p] === 0) continue;
    const dx = x - points[3 * p - 3]!;
    const dy = y - points[3 * p - 2]!;
    const long = Math.sqrt(dx * dx + dy * dy);
    mass += long;
    massX += long * (x - dx * 0.5);
    massY += long * (y - dy * 0.5);
  }
  const room = size - 2 * margin;
  const scale = Math.min(1, room / Math.max(right - left, bottom - top, 1));
  const middle = size * 0.5;
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  const wantedX = middle - (massX / mass) * scale + random.bell(1.05);
  const wantedY = middle - (massY / mass) * scale + random.bell(1.05);
  const shiftX = clamp(wantedX, margin - left * scale, size - margin - right * scale);
  const shiftY = clamp(wantedY, margin - top * scale, size - margin - bottom * scale);
  for (let p = 0; p < path.length; p++) {
    points[3 * p] = points[3 * p]! * scale + shiftX;
    points[3 * p + 1] = points[3 * p + 1]! * scale + shiftY;
  }
}

/** Sets the pen's half width along the path: nib, pressure, and thinner where a stroke ends. */
function press(path: InkPath, writer: Writer, pen: number, random: RandomStream): void {
  const { points, joined, length } = path;
  for (let start = 0; start < length; ) {
    let end = start + 1;
    while (end < length && joined[end] === 1) end++;
    const swing = random.between(-writer.pressure, writer.pressure);
    const dip = random.between(0, writer.pressure);
    const tail = random.between(0.45, 1);
    const last = Math.max(1, end - 1 - start);
    for (let p = start; p < end; p++) {
      const t = (p - start) / last;
      const from = p > start ? p - 1 : p;
      const to = p > start ? p : p + 1;
      const dx = points[3 * to]! - points[3 * from]!;
      const dy = points[3 * to + 1]! - points[3 * from + 1]!;
      const long = Math.sqrt(dx * dx + dy * dy);
      const across = long > 0 ? (dx * writer.nibY - dy * writer.nibX) / long : 0;
      const nib = 1 + writer.nibContrast * (across * across - 0.5);
      const pressure = 1 + swing * (2 * t - 1) - dip * 4 * t * (1 - t) * 0.5;
      const ending = t > 0.85 ? 1 - ((1 - tail) * (t - 0.85)) / 0.15 : 1;
      points[3 * p + 2] = Math.max(0.35, pen * nib * pressure * ending);
    }
    start = end;
  }
}

/**
 * Writes one digit: the pen's path for a picture of `size` × `size` pixels, into `path`.
 *
 * @param random this image's own stream
 */
export function writeDigit(
  path: InkPath,
  digit: number,
  writer: Writer,
  size: number,
  random: RandomStream,
): void {
  path.length = 0;
  // Now and then people write a digit as they rarely do, or in haste.
  const habit = random.uniform() < 0.85 ? writer.habits[digit]! : pickSkeleton(digit, random);
  const haste = random.uniform() < 0.1 ? random.between(1.2, 1.8) : 1;
  traceSkeleton(
    path,
    SKELETONS[digit]![habit]!,
    writer.strays[digit]!,
    writer.sloppiness * haste,
    writer.roundness,
    random,
  );
  bend(path, 0.032 * haste, random);
  shape(path, writer, random);
  const pen = writer.pen * (1 + random.bell(0.1));
  place(path, size, 2.5 + pen, random);
  press(path, writer, pen, random);
}
