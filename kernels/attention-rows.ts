// Rows of attention. A row has one value per key for one query; a vector holds those of four keys. Two queries are
// computed together to share the loads of the keys, which lie in groups of channels: see attention-tokens.ts.
//
// Factors that a loop needs in all lanes are loaded from memory before the loop: V8 would splat a scalar, or build a
// literal, again in every iteration.

import { arrangedBytes, GROUP, VECTOR } from "./attention-tokens";
import { fma, highLanes, highPairs, lowLanes, lowPairs, storeLanes, sum4 } from "./simd";

export const ZERO = memory.data<f32>([0]);

/**
 * row[j] = start + Σ_c token[c] · keys[c][j], for two tokens, over the channels c of one group. The second token lies
 * `next` bytes after the first, and its row directly behind the first token's.
 */
function products(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  start: usize,
  secondStart: usize,
): void {
  productsTimes(row, rowBytes, token, next, keys, true, start, secondStart, false, 0);
}

/** row[j] += Σ_c token[c] · keys[c][j] */
function addProducts(row: usize, rowBytes: usize, token: usize, next: usize, keys: usize): void {
  productsTimes(row, rowBytes, token, next, keys, false, ZERO, ZERO, false, 0);
}

/** `products`; each result is then multiplied by the value that lies `factors` bytes before it. */
function productsTimesRow(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  start: usize,
  secondStart: usize,
  factors: usize,
): void {
  productsTimes(row, rowBytes, token, next, keys, true, start, secondStart, true, factors);
}

/** `addProducts`; each result is then multiplied by the value that lies `factors` bytes before it. */
function addProductsTimesRow(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  factors: usize,
): void {
  productsTimes(row, rowBytes, token, next, keys, false, ZERO, ZERO, true, factors);
}

@inline
function productsTimes(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  starts: bool,
  start: usize,
  secondStart: usize,
  multiplies: bool,
  factors: usize,
): void {
  const a0 = v128.load_splat<f32>(token);
  const a1 = v128.load_splat<f32>(token, 4);
  const a2 = v128.load_splat<f32>(token, 8);
  const a3 = v128.load_splat<f32>(token, 12);
  const a4 = v128.load_splat<f32>(token, 16);
  const second = token + next;
  const b0 = v128.load_splat<f32>(second);
  const b1 = v128.load_splat<f32>(second, 4);
  const b2 = v128.load_splat<f32>(second, 8);
  const b3 = v128.load_splat<f32>(second, 12);
  const b4 = v128.load_splat<f32>(second, 16);
  const startA = v128.load_splat<f32>(start);
  const startB = v128.load_splat<f32>(secondStart);
  let a = startA;
  let b = startB;
  const end = row + rowBytes;
  for (let to = row; to < end; to += 16) {
    let k = v128.load(keys);
    a = fma(a0, k, starts ? startA : v128.load(to));
    b = fma(b0, k, starts ? startB : v128.load(to + rowBytes));
    // Never true, like the branches below: beside the tokens, registers hold one vector of keys at a time.
    if (to & 1) break;
    k = v128.load(keys, 16);
    a = fma(a1, k, a);
    b = fma(b1, k, b);
    if (!keys) break;
    k = v128.load(keys, 32);
    a = fma(a2, k, a);
    b = fma(b2, k, b);
    if (!to) break;
    k = v128.load(keys, 48);
    a = fma(a3, k, a);
    b = fma(b3, k, b);
    if (keys & 1) break;
    k = v128.load(keys, 64);
    a = fma(a4, k, a);
    b = fma(b4, k, b);
    if (multiplies) {
      a = f32x4.mul(a, v128.load(to - factors));
      b = f32x4.mul(b, v128.load(to - factors + rowBytes));
    }
    v128.store(to, a);
    v128.store(to + rowBytes, b);
    keys += VECTOR;
  }
  // Never true: as the sums are used here, V8 finishes them before each branch out of the loop, see simd.ts.
  if (!row) v128.store(row, f32x4.add(a, b));
}

/** `products` over the channels of all groups. */
export function allProducts(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  size: i32,
  start: usize,
  secondStart: usize,
): void {
  products(row, rowBytes, token, next, keys, start, secondStart);
  for (let group = GROUP; group < size; group += GROUP) {
    token += GROUP << 2;
    keys += rowBytes * GROUP;
    addProducts(row, rowBytes, token, next, keys);
  }
}

/** `productsTimesRow` over the channels of all groups. */
export function allProductsTimesRow(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  size: i32,
  start: usize,
  secondStart: usize,
  factors: usize,
): void {
  if (size <= GROUP) {
    productsTimesRow(row, rowBytes, token, next, keys, start, secondStart, factors);
    return;
  }
  products(row, rowBytes, token, next, keys, start, secondStart);
  for (let group = 2 * GROUP; group < size; group += GROUP) {
    token += GROUP << 2;
    keys += rowBytes * GROUP;
    addProducts(row, rowBytes, token, next, keys);
  }
  addProductsTimesRow(row, rowBytes, token + (GROUP << 2), next, keys + rowBytes * GROUP, factors);
}

/**
 * token[c] = Σ_j row[j] · values[c][j] / Σ_j row[j], for two queries, over the channels c of all groups. Stores the
 * inverses 1 / Σ_j row[j]. The second query's row lies directly behind the first's; `second` is 0 if there is none.
 */
export function average(
  token: usize,
  second: usize,
  row: usize,
  values: usize,
  padded: i32,
  size: i32,
  inverse: usize,
  secondInverse: usize,
): void {
  combineTimes(token, second, row, values, padded, size, 0, true, inverse, secondInverse);
}

/** token[c] += factor · Σ_j row[j] · values[c][j], for two queries as in `average`. */
export function addCombined(
  token: usize,
  second: usize,
  row: usize,
  values: usize,
  padded: i32,
  size: i32,
  factor: f32,
): void {
  combineTimes(token, second, row, values, padded, size, factor, false, 0, 0);
}

@inline
function combineTimes(
  token: usize,
  second: usize,
  row: usize,
  values: usize,
  padded: i32,
  size: i32,
  factor: f32,
  averages: bool,
  inverse: usize,
  secondInverse: usize,
): void {
  const rowBytes = <usize>padded << 2;
  const rowEnd = row + rowBytes;
  for (let group = 0; group < size; group += GROUP) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let a4 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    let b4 = a0;
    let sumA = a0;
    let sumB = a0;
    for (let from = row; from < rowEnd; from += 16) {
      const p = v128.load(from);
      const q = v128.load(from + rowBytes);
      if (averages) {
        sumA = f32x4.add(sumA, p);
        sumB = f32x4.add(sumB, q);
      }
      let v = v128.load(values);
      a0 = fma(p, v, a0);
      b0 = fma(q, v, b0);
      // Never true, like the branches below: no more loads than those before it fit the registers beside the sums.
      if (averages && !from) break;
      v = v128.load(values, 16);
      a1 = fma(p, v, a1);
      b1 = fma(q, v, b1);
      if (averages && from & 1) break;
      v = v128.load(values, 32);
      a2 = fma(p, v, a2);
      b2 = fma(q, v, b2);
      if (!values) break;
      v = v128.load(values, 48);
      a3 = fma(p, v, a3);
      b3 = fma(q, v, b3);
      if (averages && values & 1) break;
      v = v128.load(values, 64);
      a4 = fma(p, v, a4);
      b4 = fma(q, v, b4);
      values += VECTOR;
    }
    const factorA: f32 = averages ? <f32>1 / sum4(sumA) : factor;
    const factorB: f32 = averages ? <f32>1 / sum4(sumB) : factor;
    if (averages) {
      store<f32>(inverse, factorA);
      store<f32>(secondInverse, factorB);
    }
    setChannels(token, size - group, sumsOfFour(a0, a1, a2, a3), sum4(a4), factorA, !averages);
    token += GROUP << 2;
    if (!second) continue;
    setChannels(second, size - group, sumsOfFour(b0, b1, b2, b3), sum4(b4), factorB, !averages);
    second += GROUP << 2;
  }
}

/** Lane i is the sum of the lanes of the i-th vector. */
@inline
function sumsOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(lowLanes(a, b), highLanes(a, b));
  const cd = f32x4.add(lowLanes(c, d), highLanes(c, d));
  return f32x4.add(lowPairs(ab, cd), highPairs(ab, cd));
}

/** Stores, or adds, factor times one token's channels of a group. Channels past the head are left alone. */
@inline
function setChannels(
  token: usize,
  channels: i32,
  firstFour: v128,
  fifth: f32,
  factor: f32,
  adds: bool,
): void {
  const four = f32x4.mul(firstFour, f32x4.splat(factor));
  if (channels >= GROUP) {
    const five = fifth * factor;
    v128.store(token, adds ? f32x4.add(v128.load(token), four) : four);
    store<f32>(token, adds ? load<f32>(token, 16) + five : five, 16);
    return;
  }
  storeLanes(token, adds ? f32x4.add(v128.load(token), four) : four, channels);
}

/**
 * The matrix by which the gradient of a query's output is multiplied to give the gradient of the query:
 *
 * to[c][i] = factor · Σ_j row[j] · (values[c][j] − out[c]) · keys[i][j]
 *
 * for all channels c and i of the head. `to` has room for one row more.
 */
export function gradientMap(
  to: usize,
  row: usize,
  keys: usize,
  values: usize,
  out: usize,
  padded: i32,
  size: i32,
  factor: f32,
): void {
  const rowBytes = <usize>padded << 2;
  const toBytes = arrangedBytes(1, size);
  for (let c = 0; c < size; c += 2) {
    // An odd last channel is computed twice, the second time into the extra row, which is never read.
    const other = min(c + 1, size - 1);
    gradientMapRows(to, toBytes, row, rowBytes, keys, channelOf(values, c, rowBytes), channelOf(values, other, rowBytes), out + (<usize>c << 2), out + (<usize>other << 2), size, factor);
    to += 2 * toBytes;
  }
}

/** Address of a channel of the first four tokens. */
@inline
function channelOf(values: usize, channel: i32, rowBytes: usize): usize {
  const group = channel / GROUP;
  return values + <usize>group * rowBytes * GROUP + (<usize>(channel - group * GROUP) << 4);
}

/** Two rows of `gradientMap`. */
function gradientMapRows(
  to: usize,
  toBytes: usize,
  row: usize,
  rowBytes: usize,
  keys: usize,
  values: usize,
  otherValues: usize,
  out: usize,
  otherOut: usize,
  size: i32,
  factor: f32,
): void {
  const outA = v128.load_splat<f32>(out);
  const outB = v128.load_splat<f32>(otherOut);
  for (let group = 0; group < size; group += GROUP) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let a4 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    let b4 = a0;
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const p = v128.load(row + at);
      const a = f32x4.mul(p, f32x4.sub(v128.load(values + at * GROUP), outA));
      const b = f32x4.mul(p, f32x4.sub(v128.load(otherValues + at * GROUP), outB));
      let k = v128.load(keys);
      a0 = fma(a, k, a0);
      b0 = fma(b, k, b0);
      k = v128.load(keys, 16);
      a1 = fma(a, k, a1);
      b1 = fma(b, k, b1);
      k = v128.load(keys, 32);
      a2 = fma(a, k, a2);
      b2 = fma(b, k, b2);
      k = v128.load(keys, 48);
      a3 = fma(a, k, a3);
      b3 = fma(b, k, b3);
      k = v128.load(keys, 64);
      a4 = fma(a, k, a4);
      b4 = fma(b, k, b4);
      keys += VECTOR;
    }
    setChannels(to, size - group, sumsOfFour(a0, a1, a2, a3), sum4(a4), factor, false);
    setChannels(to + toBytes, size - group, sumsOfFour(b0, b1, b2, b3), sum4(b4), factor, false);
    to += GROUP << 2;
  }
}

/**
 * sums[c][j] += Σ_i rows[i][j] · tokens[i][c], over the channels c of all groups. Sums of channels past the head are
 * never read.
 */
export function addOuter(
  sums: usize,
  rows: usize,
  tokens: usize,
  tokenBytes: usize,
  queries: i32,
  padded: i32,
  size: i32,
): void {
  const rowBytes = <usize>padded << 2;
  for (let group = 0; group < size; group += GROUP) {
    const last = tokens + <usize>queries * tokenBytes;
    for (let at: usize = 0; at < rowBytes; at += 32) {
      let a0 = v128.load(sums);
      let a1 = v128.load(sums, 16);
      let a2 = v128.load(sums, 32);
      let a3 = v128.load(sums, 48);
      let a4 = v128.load(sums, 64);
      let b0 = v128.load(sums + VECTOR);
      let b1 = v128.load(sums + VECTOR, 16);
      let b2 = v128.load(sums + VECTOR, 32);
      let b3 = v128.load(sums + VECTOR, 48);
      let b4 = v128.load(sums + VECTOR, 64);
      let row = rows + at;
      for (let token = tokens; token < last; token += tokenBytes) {
        const p = v128.load(row);
        const q = v128.load(row, 16);
        let t = v128.load_splat<f32>(token);
        a0 = fma(t, p, a0);
        b0 = fma(t, q, b0);
        t = v128.load_splat<f32>(token, 4);
        a1 = fma(t, p, a1);
        b1 = fma(t, q, b1);
        t = v128.load_splat<f32>(token, 8);
        a2 = fma(t, p, a2);
        b2 = fma(t, q, b2);
        // Never true, as in `combineTimes`.
        if (!token) break;
        t = v128.load_splat<f32>(token, 12);
        a3 = fma(t, p, a3);
        b3 = fma(t, q, b3);
        t = v128.load_splat<f32>(token, 16);
        a4 = fma(t, p, a4);
        b4 = fma(t, q, b4);
        row += rowBytes;
      }
      v128.store(sums, a0);
      v128.store(sums, a1, 16);
      v128.store(sums, a2, 32);
      v128.store(sums, a3, 48);
      v128.store(sums, a4, 64);
      v128.store(sums + VECTOR, b0);
      v128.store(sums + VECTOR, b1, 16);
      v128.store(sums + VECTOR, b2, 32);
      v128.store(sums + VECTOR, b3, 48);
      v128.store(sums + VECTOR, b4, 64);
      sums += 2 * VECTOR;
    }
    tokens += GROUP << 2;
  }
}

/**
 * Coefficients of a polynomial for 2^f, f in ±½, highest degree first; then 1.5 · 2²³. By the Remez algorithm, which
 * minimises the largest relative error: 7.5e-8, with rounding 2e-7.
 */
const EXP2 = memory.data<f32>([
  1.3276471993e-3, 9.6755413345e-3, 5.5507132735e-2, 2.4022119724e-1, 6.9314696706e-1, 1.0000000717,
  12582912,
]);

/**
 * row = 2^row, for values in ±126. Two vectors at a time: each is a long chain of dependent operations, and the
 * processor overlaps too few of them.
 */
export function exp2(row: usize, bytes: usize): void {
  const c5 = v128.load_splat<f32>(EXP2);
  const c4 = v128.load_splat<f32>(EXP2, 4);
  const c3 = v128.load_splat<f32>(EXP2, 8);
  const c2 = v128.load_splat<f32>(EXP2, 12);
  const c1 = v128.load_splat<f32>(EXP2, 16);
  const c0 = v128.load_splat<f32>(EXP2, 20);
  const magic = v128.load_splat<f32>(EXP2, 24);
  const end = row + bytes;
  for (let at = row; at < end; at += 32) {
    const x = v128.load(at);
    const y = v128.load(at, 16);
    // Adding 1.5 · 2²³ rounds to a whole number, which is then in the low bits.
    const wholeX = f32x4.add(x, magic);
    const wholeY = f32x4.add(y, magic);
    const fx = f32x4.sub(x, f32x4.sub(wholeX, magic));
    const fy = f32x4.sub(y, f32x4.sub(wholeY, magic));
    let a = fma(c5, fx, c4);
    let b = fma(c5, fy, c4);
    a = fma(a, fx, c3);
    b = fma(b, fy, c3);
    a = fma(a, fx, c2);
    b = fma(b, fy, c2);
    a = fma(a, fx, c1);
    b = fma(b, fy, c1);
    a = fma(a, fx, c0);
    b = fma(b, fy, c0);
    v128.store(at, i32x4.add(a, i32x4.shl(wholeX, 23)));
    v128.store(at, i32x4.add(b, i32x4.shl(wholeY, 23)), 16);
  }
}
