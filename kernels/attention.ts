// Scaled dot-product attention over tokens [token][channel]. Per head, keys and values are rearranged
// so that lanes hold tokens: groups of 5 channels, in a group vectors of 4 tokens, and of each vector
// the 5 channels side by side, so that one pointer with fixed offsets reaches them. Channels past the
// head are 0, tokens past the end repeat the last one. The softmax is recomputed in backward from each query's largest
// score and sum, a few queries at a time, so that nothing of size tokens² is ever stored.
//
// Factors that a loop needs in all lanes are loaded from memory before it: V8 would spread a scalar over
// the lanes, or write a literal, again in every iteration.

import { fma, storeLanes, sum4 } from "./simd";

/** Channels of a group: five sums, five loads and what they share fit the 16 vector registers. */
const GROUP = 5;
/** Bytes of a group's 4 tokens. */
const VECTOR: usize = 80;
/** Queries whose rows are kept at once in backward. */
const QUERIES = 8;

const LOG2_E: f32 = 1.4426950408889634;

/** Score of a padding key: its power is 2⁻¹²⁶, which no sum of at least 1 can see. */
const NEVER: f32 = -1e30;
const NEVER_IN_MEMORY = memory.data<f32>([-1e30]);

@inline
function paddedTokens(count: i32): i32 {
  return (count + 7) & ~7;
}

/** One head's tokens, times a factor, to groups. */
function arrange(
  to: usize,
  from: usize,
  count: i32,
  width: i32,
  first: i32,
  size: i32,
  factor: f32,
): void {
  const padded = paddedTokens(count);
  for (let group = 0; group < size; group += GROUP) {
    const channels = min(GROUP, size - group);
    const start = from + (<usize>(first + group) << 2);
    for (let token = 0; token < padded; token++) {
      const at = start + (<usize>(min(token, count - 1) * width) << 2);
      const lane = to + <usize>(token >> 2) * VECTOR + (<usize>(token & 3) << 2);
      if (channels == GROUP) {
        store<f32>(lane, load<f32>(at) * factor);
        store<f32>(lane, load<f32>(at, 4) * factor, 16);
        store<f32>(lane, load<f32>(at, 8) * factor, 32);
        store<f32>(lane, load<f32>(at, 12) * factor, 48);
        store<f32>(lane, load<f32>(at, 16) * factor, 64);
        continue;
      }
      for (let c = 0; c < GROUP; c++) {
        const value: f32 = c < channels ? load<f32>(at + (<usize>c << 2)) * factor : 0;
        store<f32>(lane + (<usize>c << 4), value);
      }
    }
    to += <usize>(padded >> 2) * VECTOR;
  }
}

/** to += the groups' tokens. */
function addArranged(to: usize, from: usize, count: i32, width: i32, first: i32, size: i32): void {
  const padded = paddedTokens(count);
  const token = <usize>width << 2;
  for (let group = 0; group < size; group += GROUP) {
    const channels = min(GROUP, size - group);
    for (let start = 0; start < padded; start += 4) {
      const tokens = min(4, count - start);
      for (let c = 0; c < channels; c++) {
        let at = to + (<usize>(start * width + first + group + c) << 2);
        const vector = from + (<usize>c << 4);
        for (let lane: usize = 0; <i32>lane < tokens; lane++) {
          store<f32>(at, load<f32>(at) + load<f32>(vector + (lane << 2)));
          at += token;
        }
      }
      from += VECTOR;
    }
  }
}

/**
 * row[j] = Σ_c token[c] · keys[c][j] over all groups; returns the largest of each lane. Of a token's
 * values past the head nothing remains, as keys are 0 there.
 */
function products(row: usize, token: usize, keys: usize, padded: i32, size: i32): v128 {
  let largest = v128.load_splat<f32>(NEVER_IN_MEMORY);
  const rowEnd = row + (<usize>padded << 2);
  for (let group = 0; group < size; group += GROUP) {
    const q0 = v128.load_splat<f32>(token);
    const q1 = v128.load_splat<f32>(token, 4);
    const q2 = v128.load_splat<f32>(token, 8);
    const q3 = v128.load_splat<f32>(token, 12);
    const q4 = v128.load_splat<f32>(token, 16);
    if (group == 0) {
      for (let to = row; to < rowEnd; to += 16) {
        let sum = f32x4.mul(q0, v128.load(keys));
        sum = fma(q1, v128.load(keys, 16), sum);
        sum = fma(q2, v128.load(keys, 32), sum);
        sum = fma(q3, v128.load(keys, 48), sum);
        sum = fma(q4, v128.load(keys, 64), sum);
        v128.store(to, sum);
        largest = f32x4.pmax(largest, sum);
        keys += VECTOR;
      }
    } else {
      largest = v128.load_splat<f32>(NEVER_IN_MEMORY);
      for (let to = row; to < rowEnd; to += 16) {
        let sum = fma(q0, v128.load(keys), v128.load(to));
        sum = fma(q1, v128.load(keys, 16), sum);
        sum = fma(q2, v128.load(keys, 32), sum);
        sum = fma(q3, v128.load(keys, 48), sum);
        sum = fma(q4, v128.load(keys, 64), sum);
        v128.store(to, sum);
        largest = f32x4.pmax(largest, sum);
        keys += VECTOR;
      }
    }
    token += GROUP << 2;
  }
  return largest;
}

/** Scores of a query, NEVER for padding; returns the largest. */
@inline
function scores(row: usize, query: usize, keys: usize, count: i32, padded: i32, size: i32): f32 {
  const largest = products(row, query, keys, padded, size);
  for (let j = count; j < padded; j++) store<f32>(row + (<usize>j << 2), NEVER);
  const low = max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  return max(low, max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)));
}

/**
 * Coefficients of 2^f, f in ±½, highest first (Remez, smallest largest relative error: 7.5e-8; with
 * rounding 2e-7), then the lowest exponent and 1.5 · 2²³.
 */
const EXP2 = memory.data<f32>([
  1.3276471993e-3, 9.6755413345e-3, 5.5507132735e-2, 2.4022119724e-1, 6.9314696706e-1, 1.0000000717,
  -126, 12582912,
]);

/** row = 2^(row − shift), at least 2⁻¹²⁶, as 2^n · 2^f with a polynomial; returns the sum. */
function powers(row: usize, end: usize, shift: usize): f32 {
  const c5 = v128.load_splat<f32>(EXP2);
  const c4 = v128.load_splat<f32>(EXP2, 4);
  const c3 = v128.load_splat<f32>(EXP2, 8);
  const c2 = v128.load_splat<f32>(EXP2, 12);
  const c1 = v128.load_splat<f32>(EXP2, 16);
  const c0 = v128.load_splat<f32>(EXP2, 20);
  const lowest = v128.load_splat<f32>(EXP2, 24);
  const magic = v128.load_splat<f32>(EXP2, 28);
  const shifts = v128.load_splat<f32>(shift);
  let sum = f32x4.splat(0);
  for (let at = row; at < end; at += 32) {
    const a = f32x4.pmax(lowest, f32x4.sub(v128.load(at), shifts));
    const b = f32x4.pmax(lowest, f32x4.sub(v128.load(at, 16), shifts));
    // Adding 1.5 · 2²³ leaves the rounded number in the low bits.
    const na = f32x4.add(a, magic);
    const nb = f32x4.add(b, magic);
    const fa = f32x4.sub(a, f32x4.sub(na, magic));
    const fb = f32x4.sub(b, f32x4.sub(nb, magic));
    let pa = fma(c5, fa, c4);
    let pb = fma(c5, fb, c4);
    pa = fma(pa, fa, c3);
    pb = fma(pb, fb, c3);
    pa = fma(pa, fa, c2);
    pb = fma(pb, fb, c2);
    pa = fma(pa, fa, c1);
    pb = fma(pb, fb, c1);
    pa = fma(pa, fa, c0);
    pb = fma(pb, fb, c0);
    pa = i32x4.add(pa, i32x4.shl(na, 23));
    pb = i32x4.add(pb, i32x4.shl(nb, 23));
    v128.store(at, pa);
    v128.store(at, pb, 16);
    sum = f32x4.add(sum, f32x4.add(pa, pb));
  }
  return sum4(sum);
}

/**
 * For two queries at once, token[c] += factor · Σ_j row[j] · values[c][j] over all groups; `adds` 0
 * overwrites. The second query's row lies behind the first's; where there is none, `second` is 0.
 */
function combine(
  token: usize,
  second: usize,
  row: usize,
  values: usize,
  padded: i32,
  size: i32,
  factor: f32,
  secondFactor: f32,
  adds: bool,
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
    for (let from = row; from < rowEnd; from += 16) {
      const p = v128.load(from);
      const q = v128.load(from + rowBytes);
      let v = v128.load(values);
      a0 = fma(p, v, a0);
      b0 = fma(q, v, b0);
      v = v128.load(values, 16);
      a1 = fma(p, v, a1);
      b1 = fma(q, v, b1);
      v = v128.load(values, 32);
      a2 = fma(p, v, a2);
      b2 = fma(q, v, b2);
      // Never true: five loads are all that fit beside ten sums.
      if (!values) break;
      v = v128.load(values, 48);
      a3 = fma(p, v, a3);
      b3 = fma(q, v, b3);
      v = v128.load(values, 64);
      a4 = fma(p, v, a4);
      b4 = fma(q, v, b4);
      values += VECTOR;
    }
    setChannels(token, size - group, sumsOfFour(a0, a1, a2, a3), sum4(a4), factor, adds);
    token += GROUP << 2;
    if (!second) continue;
    setChannels(second, size - group, sumsOfFour(b0, b1, b2, b3), sum4(b4), secondFactor, adds);
    second += GROUP << 2;
  }
}

/** The sums of four vectors' lanes. */
@inline
function sumsOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** A group's channels of one token, those that the head has. */
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

/** `normalizers` takes each query's largest score and the inverse of its sum, head by head. */
export function attentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  normalizers: usize,
  scratch: usize,
  count: i32,
  width: i32,
  heads: i32,
): void {
  const size = width / heads;
  const padded = paddedTokens(count);
  const arranged = arrangedBytes(padded, size);
  const keys = scratch;
  const values = keys + arranged;
  const row = values + arranged;
  const rowBytes = <usize>padded << 2;
  const tokenBytes = <usize>width << 2;
  for (let head = 0; head < heads; head++) {
    const first = head * size;
    arrange(keys, k, count, width, first, size, scoreScale(size));
    arrange(values, v, count, width, first, size, 1);
    for (let i = 0; i < count; i += 2) {
      const token = <usize>(i * width + first) << 2;
      // Without a second query the first one's token and row are taken again.
      const next: usize = i + 1 < count ? tokenBytes : 0;
      const second = next ? out + token + next : 0;
      const after = next ? normalizers + 8 : normalizers;
      store<f32>(normalizers, scores(row, q + token, keys, count, padded, size));
      store<f32>(after, scores(row + rowBytes, q + token + next, keys, count, padded, size));
      const inverse: f32 = <f32>1 / powers(row, row + rowBytes, normalizers);
      const secondInverse: f32 = <f32>1 / powers(row + rowBytes, row + 2 * rowBytes, after);
      combine(out + token, second, row, values, padded, size, inverse, secondInverse, false);
      store<f32>(normalizers, inverse, 4);
      store<f32>(after, secondInverse, 4);
      normalizers = after + 8;
    }
  }
}

/** Keys are multiplied by it, so that scores are in units of ln 2. */
@inline
function scoreScale(size: i32): f32 {
  return LOG2_E / sqrt<f32>(<f32>size);
}

@inline
function arrangedBytes(padded: i32, size: i32): usize {
  const channels = ((size + GROUP - 1) / GROUP) * GROUP;
  return <usize>(padded * channels) << 2;
}

/** Each of `gq`, `gk` and `gv` may be 0. */
export function attentionBackward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  normalizers: usize,
  scratch: usize,
  gOut: usize,
  gq: usize,
  gk: usize,
  gv: usize,
  count: i32,
  width: i32,
  heads: i32,
): void {
  const size = width / heads;
  const padded = paddedTokens(count);
  const rowBytes = <usize>padded << 2;
  const arranged = arrangedBytes(padded, size);
  const keys = scratch;
  const values = keys + arranged;
  const gKeys = values + arranged;
  const gValues = gKeys + arranged;
  const rows = gValues + arranged;
  const gRows = rows + QUERIES * rowBytes;
  const scaled = gRows + QUERIES * rowBytes;
  const scaledBytes = arrangedBytes(1, size);
  const factors = scaled + QUERIES * scaledBytes;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  for (let head = 0; head < heads; head++) {
    const first = head * size;
    const offset = <usize>first << 2;
    arrange(keys, k, count, width, first, size, scoreScale(size));
    arrange(values, v, count, width, first, size, 1);
    memory.fill(gKeys, 0, 2 * arranged);
    for (let start = 0; start < count; start += QUERIES) {
      const queries = min(QUERIES, count - start);
      for (let at = 0; at < queries; at++) {
        const token = (<usize>((start + at) * width) << 2) + offset;
        const row = rows + <usize>at * rowBytes;
        const gRow = gRows + <usize>at * rowBytes;
        const inverse = load<f32>(normalizers, 4);
        scores(row, q + token, keys, count, padded, size);
        powers(row, row + rowBytes, normalizers);
        normalizers += 8;
        products(gRow, gOut + token, values, padded, size);
        store<f32>(factors, inner(gOut + token, out + token, size));
        store<f32>(factors, inverse * scale, 4);
        scoreGradients(gRow, row, gRow + rowBytes, factors);
        scaleToken(scaled + <usize>at * scaledBytes, gOut + token, size, inverse);
      }
      const query = q + (<usize>(start * width) << 2) + offset;
      // Keys carry the scale of the scores.
      const unscale: f32 = <f32>1 / scoreScale(size);
      for (let at = 0; gq && at < queries; at += 2) {
        const token = gq + (<usize>((start + at) * width) << 2) + offset;
        const second: usize = at + 1 < queries ? token + (<usize>width << 2) : 0;
        const gRow = gRows + <usize>at * rowBytes;
        combine(token, second, gRow, keys, padded, size, unscale, unscale, true);
      }
      addOuter(gKeys, gRows, query, <usize>width << 2, queries, padded, size);
      addOuter(gValues, rows, scaled, scaledBytes, queries, padded, size);
    }
    if (gk) addArranged(gk, gKeys, count, width, first, size);
    if (gv) addArranged(gv, gValues, count, width, first, size);
  }
}

/** Σ_c a[c] · b[c]: with dL/do and o, this is Σ_j P[j] dP[j]. */
function inner(a: usize, b: usize, size: i32): f32 {
  let sum: f32 = 0;
  for (let c: usize = 0; c < <usize>size << 2; c += 4) sum += load<f32>(a + c) * load<f32>(b + c);
  return sum;
}

/** gRow = row · (gRow − factors[0]) · factors[1] */
function scoreGradients(gRow: usize, row: usize, end: usize, factors: usize): void {
  const mean = v128.load_splat<f32>(factors);
  const factor = v128.load_splat<f32>(factors, 4);
  while (gRow < end) {
    const a = f32x4.mul(f32x4.sub(v128.load(gRow), mean), v128.load(row));
    const b = f32x4.mul(f32x4.sub(v128.load(gRow, 16), mean), v128.load(row, 16));
    v128.store(gRow, f32x4.mul(a, factor));
    v128.store(gRow, f32x4.mul(b, factor), 16);
    gRow += 32;
    row += 32;
  }
}

function scaleToken(to: usize, from: usize, size: i32, factor: f32): void {
  for (let c: usize = 0; c < <usize>size << 2; c += 4) store<f32>(to + c, load<f32>(from + c) * factor);
}

/**
 * sums[c][j] += Σ_i rows[i][j] · tokens[i][c] over all groups. Channels past the head gather what is
 * never read.
 */
function addOuter(
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
        // Never true: as in `combine`.
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
