// Gradients of a convolution from a list of the output gradients that are not 0. An entry is such a gradient (f32) and
// the byte offset of the output value's patch in the input (i32). After pooling, ReLU and dropout the list is short,
// and zeros cost nothing.

import { addVector, firstLanes, fma } from "./simd";

/** Bytes per entry. */
export const ENTRY: usize = 8;

@inline
function wholeVectors(rowLength: i32): i32 {
  return (rowLength + 3) >> 2;
}

/**
 * gw += Σ g · patch over the list, for the kernel of one output channel. The sums stay in registers for the whole list,
 * but each multiply-add needs a load of its own: loads are the limit.
 */
export function addWeightGradient(
  gw: usize,
  x: usize,
  list: usize,
  listEnd: usize,
  kernel: i32,
  rowLength: i32,
  rowStride: i32,
  lineBytes: usize,
): void {
  if (list == listEnd) return;
  const vectors = wholeVectors(rowLength);
  const strideBytes = <usize>rowStride << 2;
  // Padding of a weight row stays zero.
  const mask = firstLanes(rowLength - ((vectors - 1) << 2));
  // A second call keeps the function from being inlined: compiled on its own, it has all registers.
  if (vectors == 2 && kernel == 5) {
    fiveRowsOfTwo(gw, x, list, listEnd, strideBytes, lineBytes, mask);
    return;
  }
  let row = 0;
  if (vectors == 2) {
    while (kernel - row > 1) {
      const rows = rowsAtOnce(kernel - row);
      if (rows == 5) fiveRowsOfTwo(gw, x, list, listEnd, strideBytes, lineBytes, mask);
      else if (rows == 4) fourRowsOfTwo(gw, x, list, listEnd, strideBytes, lineBytes, mask);
      else if (rows == 3) threeRowsOfTwo(gw, x, list, listEnd, strideBytes, lineBytes, mask);
      else twoRowsOfTwo(gw, x, list, listEnd, strideBytes, lineBytes, mask);
      gw += <usize>rows * strideBytes;
      x += <usize>rows * lineBytes;
      row += rows;
    }
  }
  for (; row < kernel; row++) {
    let done = 0;
    for (; vectors - done > 7; done += 6) {
      sixVectors(gw + (<usize>done << 4), x + (<usize>done << 4), list, listEnd);
    }
    if (vectors - done > 4 && vectors - done < 7) {
      fourVectors(gw + (<usize>done << 4), x + (<usize>done << 4), list, listEnd);
      done += 4;
    }
    const rest = vectors - done;
    const at = <usize>done << 4;
    if (rest == 7) lastSeven(gw + at, x + at, list, listEnd, mask);
    else if (rest > 2) lastFour(gw + at, x + at, list, listEnd, rest, mask);
    else lastTwo(gw + at, x + at, list, listEnd, rest, mask);
    gw += strideBytes;
    x += lineBytes;
  }
}

// V8 moves all loads of a loop's body before its multiply-adds: sums, loads and the factor must fit the vector
// registers together. Seven sums and seven loads do, eight and eight do not. Where there are more, a branch that is
// never taken, `if (!p) break`, splits the body.

/**
 * Rows of two vectors that are summed in one pass: five, else up to four, but never one alone. With fewer sums, each
 * addition would wait for the one before it.
 */
@inline
function rowsAtOnce(rows: i32): i32 {
  return rows == 5 ? 5 : min(rows, 4);
}

function fiveRowsOfTwo(
  gw: usize,
  x: usize,
  list: usize,
  listEnd: usize,
  strideBytes: usize,
  lineBytes: usize,
  mask: v128,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  let a3 = a0;
  let b3 = a0;
  let a4 = a0;
  let b4 = a0;
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    let p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    b0 = fma(g, v128.load(p, 16), b0);
    p += lineBytes;
    a1 = fma(g, v128.load(p), a1);
    b1 = fma(g, v128.load(p, 16), b1);
    if (!p) break;
    p += lineBytes;
    a2 = fma(g, v128.load(p), a2);
    b2 = fma(g, v128.load(p, 16), b2);
    p += lineBytes;
    a3 = fma(g, v128.load(p), a3);
    b3 = fma(g, v128.load(p, 16), b3);
    if (!p) break;
    p += lineBytes;
    a4 = fma(g, v128.load(p), a4);
    b4 = fma(g, v128.load(p, 16), b4);
  }
  addRow(gw, a0, b0, mask);
  addRow(gw + strideBytes, a1, b1, mask);
  addRow(gw + 2 * strideBytes, a2, b2, mask);
  addRow(gw + 3 * strideBytes, a3, b3, mask);
  addRow(gw + 4 * strideBytes, a4, b4, mask);
}

function fourRowsOfTwo(
  gw: usize,
  x: usize,
  list: usize,
  listEnd: usize,
  strideBytes: usize,
  lineBytes: usize,
  mask: v128,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  let a3 = a0;
  let b3 = a0;
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    let p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    b0 = fma(g, v128.load(p, 16), b0);
    p += lineBytes;
    a1 = fma(g, v128.load(p), a1);
    b1 = fma(g, v128.load(p, 16), b1);
    if (!p) break;
    p += lineBytes;
    a2 = fma(g, v128.load(p), a2);
    b2 = fma(g, v128.load(p, 16), b2);
    p += lineBytes;
    a3 = fma(g, v128.load(p), a3);
    b3 = fma(g, v128.load(p, 16), b3);
  }
  addRow(gw, a0, b0, mask);
  addRow(gw + strideBytes, a1, b1, mask);
  addRow(gw + 2 * strideBytes, a2, b2, mask);
  addRow(gw + 3 * strideBytes, a3, b3, mask);
}

function threeRowsOfTwo(
  gw: usize,
  x: usize,
  list: usize,
  listEnd: usize,
  strideBytes: usize,
  lineBytes: usize,
  mask: v128,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    let p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    b0 = fma(g, v128.load(p, 16), b0);
    p += lineBytes;
    a1 = fma(g, v128.load(p), a1);
    b1 = fma(g, v128.load(p, 16), b1);
    p += lineBytes;
    a2 = fma(g, v128.load(p), a2);
    b2 = fma(g, v128.load(p, 16), b2);
  }
  addRow(gw, a0, b0, mask);
  addRow(gw + strideBytes, a1, b1, mask);
  addRow(gw + 2 * strideBytes, a2, b2, mask);
}

function twoRowsOfTwo(
  gw: usize,
  x: usize,
  list: usize,
  listEnd: usize,
  strideBytes: usize,
  lineBytes: usize,
  mask: v128,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    let p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    b0 = fma(g, v128.load(p, 16), b0);
    p += lineBytes;
    a1 = fma(g, v128.load(p), a1);
    b1 = fma(g, v128.load(p, 16), b1);
  }
  addRow(gw, a0, b0, mask);
  addRow(gw + strideBytes, a1, b1, mask);
}

/** gw += a row of two vectors; the mask applies to the second. */
@inline
function addRow(gw: usize, a: v128, b: v128, mask: v128): void {
  addVector(gw, a);
  addVector(gw + 16, v128.and(b, mask));
}

function sixVectors(gw: usize, x: usize, list: usize, listEnd: usize): void {
  let a0 = v128.load(gw);
  let a1 = v128.load(gw, 16);
  let a2 = v128.load(gw, 32);
  let a3 = v128.load(gw, 48);
  let a4 = v128.load(gw, 64);
  let a5 = v128.load(gw, 80);
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    const p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    a1 = fma(g, v128.load(p, 16), a1);
    a2 = fma(g, v128.load(p, 32), a2);
    a3 = fma(g, v128.load(p, 48), a3);
    a4 = fma(g, v128.load(p, 64), a4);
    a5 = fma(g, v128.load(p, 80), a5);
  }
  v128.store(gw, a0);
  v128.store(gw, a1, 16);
  v128.store(gw, a2, 32);
  v128.store(gw, a3, 48);
  v128.store(gw, a4, 64);
  v128.store(gw, a5, 80);
}

function fourVectors(gw: usize, x: usize, list: usize, listEnd: usize): void {
  let a0 = v128.load(gw);
  let a1 = v128.load(gw, 16);
  let a2 = v128.load(gw, 32);
  let a3 = v128.load(gw, 48);
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    const p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    a1 = fma(g, v128.load(p, 16), a1);
    a2 = fma(g, v128.load(p, 32), a2);
    a3 = fma(g, v128.load(p, 48), a3);
  }
  v128.store(gw, a0);
  v128.store(gw, a1, 16);
  v128.store(gw, a2, 32);
  v128.store(gw, a3, 48);
}

/** The last 7 vectors of a row; the mask applies to the very last. */
function lastSeven(gw: usize, x: usize, list: usize, listEnd: usize, mask: v128): void {
  let a0 = v128.load(gw);
  let a1 = v128.load(gw, 16);
  let a2 = v128.load(gw, 32);
  let a3 = v128.load(gw, 48);
  let a4 = v128.load(gw, 64);
  let a5 = v128.load(gw, 80);
  let a6 = f32x4.splat(0);
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    const p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    a1 = fma(g, v128.load(p, 16), a1);
    a2 = fma(g, v128.load(p, 32), a2);
    a3 = fma(g, v128.load(p, 48), a3);
    a4 = fma(g, v128.load(p, 64), a4);
    a5 = fma(g, v128.load(p, 80), a5);
    a6 = fma(g, v128.load(p, 96), a6);
  }
  v128.store(gw, a0);
  v128.store(gw, a1, 16);
  v128.store(gw, a2, 32);
  v128.store(gw, a3, 48);
  v128.store(gw, a4, 64);
  v128.store(gw, a5, 80);
  addVector(gw + 96, v128.and(a6, mask));
}

/** The last 3 or 4 vectors of a row; the mask applies to the very last. */
function lastFour(gw: usize, x: usize, list: usize, listEnd: usize, vectors: i32, mask: v128): void {
  const last = <usize>(vectors - 1) << 4;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    const p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    a1 = fma(g, v128.load(p, 16), a1);
    a2 = fma(g, v128.load(p, 32), a2);
    a3 = fma(g, v128.load(p + last), a3);
  }
  addVector(gw, a0);
  addVector(gw + 16, a1);
  if (vectors == 4) addVector(gw + 32, a2);
  addVector(gw + last, v128.and(a3, mask));
}

/** The last 1 or 2 vectors of a row; the mask applies to the very last. */
function lastTwo(gw: usize, x: usize, list: usize, listEnd: usize, vectors: i32, mask: v128): void {
  const last = <usize>(vectors - 1) << 4;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    const p = x + <usize>load<u32>(list, 4);
    a0 = fma(g, v128.load(p), a0);
    a1 = fma(g, v128.load(p + last), a1);
  }
  if (vectors == 2) addVector(gw, a0);
  addVector(gw + last, v128.and(a1, mask));
}

/** gx += g · w at each entry's patch. Weight rows are padded with zeros, so values behind a patch's row stay the same. */
export function addInputGradient(
  gx: usize,
  w: usize,
  list: usize,
  listEnd: usize,
  kernel: i32,
  rowLength: i32,
  rowStride: i32,
  lineBytes: usize,
): void {
  const strideBytes = <usize>rowStride << 2;
  const rowBytes = <usize>wholeVectors(rowLength) << 4;
  if (kernel == 5 && rowBytes == 32) {
    addFiveRows(gx, w, list, listEnd, lineBytes);
    return;
  }
  const end = w + <usize>kernel * strideBytes;
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    addRows(gx + <usize>load<u32>(list, 4), w, end, g, rowBytes, strideBytes, lineBytes);
  }
}

/** Five rows of two vectors, such as a 5×5 kernel of one channel: all weights stay in registers. */
function addFiveRows(gx: usize, w: usize, list: usize, listEnd: usize, lineBytes: usize): void {
  const a0 = v128.load(w);
  const b0 = v128.load(w, 16);
  const a1 = v128.load(w, 32);
  const b1 = v128.load(w, 48);
  const a2 = v128.load(w, 64);
  const b2 = v128.load(w, 80);
  const a3 = v128.load(w, 96);
  const b3 = v128.load(w, 112);
  const a4 = v128.load(w, 128);
  const b4 = v128.load(w, 144);
  for (; list < listEnd; list += ENTRY) {
    const g = v128.load_splat<f32>(list);
    let to = gx + <usize>load<u32>(list, 4);
    addTwo(to, g, a0, b0);
    to += lineBytes;
    addTwo(to, g, a1, b1);
    to += lineBytes;
    addTwo(to, g, a2, b2);
    to += lineBytes;
    addTwo(to, g, a3, b3);
    to += lineBytes;
    addTwo(to, g, a4, b4);
  }
}

/** Two vectors in memory += g · (a, b) */
@inline
function addTwo(to: usize, g: v128, a: v128, b: v128): void {
  v128.store(to, fma(g, a, v128.load(to)));
  v128.store(to, fma(g, b, v128.load(to, 16)), 16);
}

@inline
function addRows(
  to: usize,
  w: usize,
  end: usize,
  g: v128,
  rowBytes: usize,
  strideBytes: usize,
  lineBytes: usize,
): void {
  for (let from = w; from < end; from += strideBytes) {
    let i: usize = 0;
    for (; i + 64 <= rowBytes; i += 64) {
      addScaled(to + i, from + i, g);
      addScaled(to + i + 16, from + i + 16, g);
      addScaled(to + i + 32, from + i + 32, g);
      addScaled(to + i + 48, from + i + 48, g);
    }
    for (; i < rowBytes; i += 16) addScaled(to + i, from + i, g);
    to += lineBytes;
  }
}

@inline
function addScaled(to: usize, from: usize, g: v128): void {
  v128.store(to, fma(g, v128.load(from), v128.load(to)));
}
