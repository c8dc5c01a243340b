// From a channels-last map to a vector, channel after channel, and back: a transposition, in blocks of 4×4.

import { addScalar, addVector, highLanes, highPairs, lowLanes, lowPairs } from "./simd";

/** y[channel][position] = x[position][channel] */
export function flattenForward(x: usize, y: usize, positions: i32, channels: i32): void {
  transpose(x, y, positions, channels, false);
}

/** gx[position][channel] += gy[channel][position] */
export function flattenBackward(gy: usize, gx: usize, positions: i32, channels: i32): void {
  transpose(gy, gx, channels, positions, true);
}

/** to[column][row] = from[row][column], or += if `adds`. */
export function transpose(from: usize, to: usize, rows: i32, columns: i32, adds: bool): void {
  const row = <usize>columns << 2;
  const column = <usize>rows << 2;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const start = from + <usize>r * row;
    const end = to + (<usize>r << 2);
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      transposeFour(start + (<usize>c << 2), row, end + <usize>c * column, column, adds);
    }
    for (let i = 0; i < 4; i++) {
      const at = start + <usize>i * row;
      copyRow(at, end + (<usize>i << 2), c, columns, column, adds);
    }
  }
  for (; r < rows; r++) copyRow(from + <usize>r * row, to + (<usize>r << 2), 0, columns, column, adds);
}

/** Copies one row from column `c` on. */
function copyRow(from: usize, to: usize, c: i32, columns: i32, column: usize, adds: bool): void {
  for (; c < columns; c++) {
    const value = load<f32>(from + (<usize>c << 2));
    const at = to + <usize>c * column;
    if (adds) addScalar(at, value);
    else store<f32>(at, value);
  }
}

@inline
function transposeFour(from: usize, row: usize, to: usize, column: usize, adds: bool): void {
  const a = v128.load(from);
  const b = v128.load(from + row);
  const c = v128.load(from + 2 * row);
  const d = v128.load(from + 3 * row);
  const ab = lowLanes(a, b);
  const cd = lowLanes(c, d);
  const lowAb = highLanes(a, b);
  const lowCd = highLanes(c, d);
  put(to, lowPairs(ab, cd), adds);
  put(to + column, highPairs(ab, cd), adds);
  put(to + 2 * column, lowPairs(lowAb, lowCd), adds);
  put(to + 3 * column, highPairs(lowAb, lowCd), adds);
}

@inline
function put(to: usize, v: v128, adds: bool): void {
  if (adds) addVector(to, v);
  else v128.store(to, v);
}
