// Where the pixels of an augmented image come from.

import { Draws, draw, symmetric, uniform } from "./augment-draws";

const RADIANS: f64 = 0.017453292519943295;

/**
 * Draws the 3×3 matrix that takes a pixel's (column, row, 1) to where it comes from, up to a factor.
 *
 * Without `projective`: p = c + M · (q − c − t), where c is the centre, t the shift, and M the inverse of
 * scale · rotation · [1, −tan(shear); 0, 1]. With it, q is first taken to the square whose corners are displaced.
 */
export function augmentMap(
  map: usize,
  rows: i32,
  columns: i32,
  degrees: f32,
  scaleLow: f32,
  scaleHigh: f32,
  shift: f32,
  shear: f32,
  projective: f32,
  step: u32,
  slot: i32,
  random: usize,
): void {
  draw(random, step, slot, Draws.Affine);
  const angle = symmetric(random, 0, degrees) * RADIANS;
  const scale = <f64>scaleLow + uniform(random, 1) * (<f64>scaleHigh - <f64>scaleLow);
  const right = symmetric(random, 2, shift);
  const down = symmetric(random, 3, shift);
  let slope: f64 = 0;
  if (shear != 0) {
    draw(random, step, slot, Draws.Others);
    const sheared = symmetric(random, 0, shear) * RADIANS;
    slope = Math.sin(sheared) / Math.cos(sheared);
  }
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const xx = (cosine - slope * sine) / scale;
  const xy = (sine + slope * cosine) / scale;
  const yx = -sine / scale;
  const yy = cosine / scale;
  const x = <f64>(columns - 1) / 2;
  const y = <f64>(rows - 1) / 2;
  storeRow(map, xx, xy, x - xx * (x + right) - xy * (y + down));
  storeRow(map + 12, yx, yy, y - yx * (x + right) - yy * (y + down));
  storeRow(map + 24, 0, 0, 1);
  if (projective != 0) displaceCorners(map, rows, columns, projective, step, slot, random);
}

@inline
function storeRow(row: usize, x: f64, y: f64, one: f64): void {
  store<f32>(row, <f32>x);
  store<f32>(row, <f32>y, 4);
  store<f32>(row, <f32>one, 8);
}

/**
 * map ← map · P, where P takes the corners of the image to displaced ones (P. Heckbert, "Fundamentals of texture mapping
 * and image warping", 1989, section 2.2.3).
 */
function displaceCorners(
  map: usize, rows: i32, columns: i32, size: f64, step: u32, slot: i32, random: usize,
): void {
  const width = <f64>(columns - 1);
  const height = <f64>(rows - 1);
  draw(random, step, slot, Draws.FirstCorners);
  const x0 = symmetric(random, 0, size);
  const y0 = symmetric(random, 1, size);
  const x1 = width + symmetric(random, 2, size);
  const y1 = symmetric(random, 3, size);
  draw(random, step, slot, Draws.LastCorners);
  const x2 = width + symmetric(random, 0, size);
  const y2 = height + symmetric(random, 1, size);
  const x3 = symmetric(random, 2, size);
  const y3 = height + symmetric(random, 3, size);
  const sumX = x0 - x1 + x2 - x3;
  const sumY = y0 - y1 + y2 - y3;
  const determinant = (x1 - x2) * (y3 - y2) - (x3 - x2) * (y1 - y2);
  const g = (sumX * (y3 - y2) - (x3 - x2) * sumY) / determinant;
  const h = ((x1 - x2) * sumY - sumX * (y1 - y2)) / determinant;
  const a = (x1 - x0 + g * x1) / width;
  const b = (x3 - x0 + h * x3) / height;
  const d = (y1 - y0 + g * y1) / width;
  const e = (y3 - y0 + h * y3) / height;
  for (let row = map; row < map + 24; row += 12) {
    const p = <f64>load<f32>(row);
    const q = <f64>load<f32>(row, 4);
    const r = <f64>load<f32>(row, 8);
    storeRow(row, p * a + q * d + (r * g) / width, p * b + q * e + (r * h) / height, p * x0 + q * y0 + r);
  }
  storeRow(map + 24, g / width, h / height, 1);
}
