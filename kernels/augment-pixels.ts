// Changes of a loaded image's values, which lie between those of the bytes 0 and 255.

import { Control } from "../src/engine/control";
import { Draws, draw, drawNoise, uniform } from "./augment-draws";
import { control } from "./control";

/** y = value of 0 + value of 255 − y, with this probability. */
export function augmentInvert(
  y: usize, count: i32, probability: f32, step: u32, slot: i32, random: usize,
): void {
  draw(random, step, slot, Draws.Others);
  if (uniform(random, 1) >= probability) return;
  const tables = control(Control.PixelTables);
  for (let channel = 0; channel < tables; channel++) {
    const table = tableOf(channel);
    const sum = load<f32>(table) + load<f32>(table, 1020);
    const end = y + (<usize>count << 2);
    const step = <usize>tables << 2;
    for (let at = y + (<usize>channel << 2); at < end; at += step) store<f32>(at, sum - load<f32>(at));
  }
}

/**
 * y += deviation · (value of 255 − value of 0) · z, and stays between the two. z is the sum of eight uniform numbers of
 * 16 bits, with mean 0 and variance 1.
 */
export function augmentNoise(
  y: usize, count: i32, deviation: f32, step: u32, slot: i32, random: usize,
): void {
  const tables = control(Control.PixelTables);
  let table = tableOf(0);
  let low = load<f32>(table);
  let high = load<f32>(table, 1020);
  // Eight uniform numbers in 0..65535 have mean 4 · 65535 and variance 8 · (2³² − 1) / 12.
  let factor = <f64>deviation * (<f64>high - <f64>low) / Math.sqrt((8 * 4294967295.0) / 12);
  for (let i = 0; i < count; i++) {
    if (tables > 1) {
      table = tableOf(i % tables);
      low = load<f32>(table);
      high = load<f32>(table, 1020);
      factor = <f64>deviation * (<f64>high - <f64>low) / Math.sqrt((8 * 4294967295.0) / 12);
    }
    drawNoise(random, step, slot, count, i);
    const z = halves(random, 0) + halves(random, 4) + halves(random, 8) + halves(random, 12) - 4 * 65535;
    const at = y + (<usize>i << 2);
    const value = <f32>(<f64>load<f32>(at) + factor * <f64>z);
    store<f32>(at, min(max(value, low), high));
  }
}

/** Address of a channel's normalised values of bytes. */
@inline
function tableOf(channel: i32): usize {
  return <usize>control(Control.PixelTable) + (<usize>channel << 10);
}

/** The sum of a word's two halves. */
@inline
function halves(random: usize, at: usize): i32 {
  const word = load<u32>(random + at);
  return <i32>((word & 65535) + (word >> 16));
}

/** y = value of 0 in a rectangle, with this probability; area and ratio of the sides are uniform, the ratio's logarithm. */
export function augmentErase(
  y: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  probability: f32,
  areaLow: f32,
  areaHigh: f32,
  ratioLow: f32,
  ratioHigh: f32,
  step: u32,
  slot: i32,
  random: usize,
): void {
  draw(random, step, slot, Draws.Erase);
  if (uniform(random, 0) >= probability) return;
  const part = <f64>areaLow + uniform(random, 1) * (<f64>areaHigh - <f64>areaLow);
  const area = part * <f64>(rows * columns);
  const low = Math.log(ratioLow);
  const ratio = Math.exp(low + uniform(random, 2) * (Math.log(ratioHigh) - low));
  const height = min(rows, <i32>Math.floor(Math.sqrt(area * ratio) + 0.5));
  const width = min(columns, <i32>Math.floor(Math.sqrt(area / ratio) + 0.5));
  const top = <i32>(uniform(random, 3) * <f64>(rows - height + 1));
  draw(random, step, slot, Draws.EraseColumn);
  const left = <i32>(uniform(random, 0) * <f64>(columns - width + 1));
  clear(y, columns, channels, top, left, top + height, left + width);
}

/** y = value of 0 in a square with a random centre, of which a part may lie outside. */
export function augmentCutout(
  y: usize, rows: i32, columns: i32, channels: i32, side: i32, step: u32, slot: i32, random: usize,
): void {
  draw(random, step, slot, Draws.Others);
  const top = <i32>(uniform(random, 2) * <f64>rows) - (side >> 1);
  const left = <i32>(uniform(random, 3) * <f64>columns) - (side >> 1);
  clear(y, columns, channels, max(0, top), max(0, left), min(rows, top + side), min(columns, left + side));
}

function clear(
  y: usize, columns: i32, channels: i32, top: i32, left: i32, bottom: i32, right: i32,
): void {
  const tables = control(Control.PixelTables);
  for (let r = top; r < bottom; r++) {
    const row = y + (<usize>(r * columns * channels) << 2);
    const end = row + (<usize>(right * channels) << 2);
    for (let at = row + (<usize>(left * channels) << 2); at < end; at += <usize>tables << 2) {
      for (let channel = 0; channel < tables; channel++) {
        store<f32>(at + (<usize>channel << 2), load<f32>(tableOf(channel)));
      }
    }
  }
}
