// Scaled dot-product attention over tokens [token][channel]. Per head, keys and values are rearranged
// so that lanes hold tokens: groups of 5 channels, in a group vectors of 4 tokens, and of each vector
// the 5 channels side by side, so that one pointer with fixed offsets reaches them. Channels past the
// head are 0, tokens past the end repeat the last one. The softmax is recomputed in backward from what each
// query's scores start at and the inverse of its sum, a few queries at a time, so that nothing needs
// memory of size tokens². The powers of the first queries are kept for backward, as many as there is room for.
//
// Factors that a loop needs in all lanes are loaded from memory before it: V8 would spread a scalar over
// the lanes, or write a literal, again in every iteration.

import {
  addScalar,
  addVector,
  firstLanes,
  fma,
  highLanes,
  highPairs,
  lowLanes,
  lowPairs,
  storeLanes,
  sum4,
} from "./simd";

/** Channels of a group: five sums, five loads and what they share fit the 16 vector registers. */
const GROUP = 5;
/** Bytes of a group's 4 tokens. */
const VECTOR: usize = 80;
/** Queries whose rows are kept at once in backward. */
const QUERIES = 8;

const LOG2_E: f32 = 1.4426950408889634;

/** What no score exceeds that may have any sign: powers of 2 and their sums then need no shift. */
const MOST_UNSHIFTED: f32 = 60;

/** Least score, that of padding keys too: its power is one that no sum can see. */
const LOWEST: f32 = -126;
const LOWEST_IN_MEMORY = memory.data<f32>([-126]);

const ZERO = memory.data<f32>([0]);

@inline
export function paddedTokens(count: i32): i32 {
  return (count + 7) & ~7;
}

/** One head's tokens from `from` on, times a factor, to groups. */
function arrange(to: usize, from: usize, tokenBytes: usize, count: i32, size: i32, factor: f32): void {
  const vectors = paddedTokens(count) >> 2;
  let last = from + <usize>(count - 1) * tokenBytes;
  for (let group = 0; group < size; group += GROUP) {
    let token = from;
    for (let i = 0; i < vectors; i++) {
      const t0 = min(token, last);
      const t1 = min(t0 + tokenBytes, last);
      const t2 = min(t1 + tokenBytes, last);
      const t3 = min(t2 + tokenBytes, last);
      if (size - group >= GROUP) {
        arrangeGroup(to, t0, t1, t2, t3, factor);
      } else {
        const channels = size - group;
        arrangeToken(to, t0, channels, factor);
        arrangeToken(to + 4, t1, channels, factor);
        arrangeToken(to + 8, t2, channels, factor);
        arrangeToken(to + 12, t3, channels, factor);
      }
      to += VECTOR;
      token = t3 + tokenBytes;
    }
    from += GROUP << 2;
    last += GROUP << 2;
  }
}

/** Five channels of four tokens. */
@inline
function arrangeGroup(to: usize, t0: usize, t1: usize, t2: usize, t3: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  const a = v128.load(t0);
  const b = v128.load(t1);
  const c = v128.load(t2);
  const d = v128.load(t3);
  const ab = lowLanes(a, b);
  const cd = lowLanes(c, d);
  v128.store(to, f32x4.mul(lowPairs(ab, cd), factors));
  v128.store(to, f32x4.mul(highPairs(ab, cd), factors), 16);
  const high = highLanes(a, b);
  const highest = highLanes(c, d);
  v128.store(to, f32x4.mul(lowPairs(high, highest), factors), 32);
  v128.store(to, f32x4.mul(highPairs(high, highest), factors), 48);
  store<f32>(to, load<f32>(t0, 16) * factor, 64);
  store<f32>(to, load<f32>(t1, 16) * factor, 68);
  store<f32>(to, load<f32>(t2, 16) * factor, 72);
  store<f32>(to, load<f32>(t3, 16) * factor, 76);
}

/** The last channels of one token, then zeros. */
function arrangeToken(to: usize, token: usize, channels: i32, factor: f32): void {
  for (let c = 0; c < GROUP; c++) {
    const value: f32 = c < channels ? load<f32>(token + (<usize>c << 2)) * factor : 0;
    store<f32>(to + (<usize>c << 4), value);
  }
}

/** One head's tokens from `to` on += the groups' tokens, times a factor. */
function addArranged(to: usize, from: usize, tokenBytes: usize, count: i32, size: i32, factor: f32): void {
  const padded = paddedTokens(count);
  for (let group = 0; group < size; group += GROUP) {
    let token = to;
    for (let start = 0; start < padded; start += 4) {
      const tokens = min(4, count - start);
      if (tokens == 4 && size - group >= GROUP) {
        addGroup(token, from, tokenBytes, factor);
      } else {
        const channels = min(GROUP, size - group);
        for (let i = 0; i < tokens; i++) {
          addToken(token + <usize>i * tokenBytes, from + (<usize>i << 2), channels, factor);
        }
      }
      from += VECTOR;
      token += tokenBytes << 2;
    }
    to += GROUP << 2;
  }
}

/** Five channels of four tokens. */
@inline
function addGroup(t0: usize, from: usize, tokenBytes: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  const t1 = t0 + tokenBytes;
  const t2 = t1 + tokenBytes;
  const t3 = t2 + tokenBytes;
  const a = f32x4.mul(v128.load(from), factors);
  const b = f32x4.mul(v128.load(from, 16), factors);
  const c = f32x4.mul(v128.load(from, 32), factors);
  const d = f32x4.mul(v128.load(from, 48), factors);
  const ab = lowLanes(a, b);
  const cd = lowLanes(c, d);
  addVector(t0, lowPairs(ab, cd));
  addVector(t1, highPairs(ab, cd));
  const high = highLanes(a, b);
  const highest = highLanes(c, d);
  addVector(t2, lowPairs(high, highest));
  addVector(t3, highPairs(high, highest));
  addScalar(t0 + 16, load<f32>(from, 64) * factor);
  addScalar(t1 + 16, load<f32>(from, 68) * factor);
  addScalar(t2 + 16, load<f32>(from, 72) * factor);
  addScalar(t3 + 16, load<f32>(from, 76) * factor);
}

function addToken(token: usize, from: usize, channels: i32, factor: f32): void {
  for (let c: usize = 0; <i32>c < channels; c++) addScalar(token + (c << 2), load<f32>(from + (c << 4)) * factor);
}

/** The token itself or, where its head does not fill the last group, a copy with zeros behind it. */
function wholeGroups(token: usize, copy: usize, size: i32): usize {
  if (size % GROUP == 0) return token;
  const bytes = <usize>size << 2;
  memory.copy(copy, token, bytes);
  memory.fill(copy + bytes, 0, arrangedBytes(1, size) - bytes);
  return copy;
}

/**
 * Of one group and two tokens, row[j] = start + Σ_c token[c] · keys[c][j], or row[j] += that sum where it does
 * not `starts`. The second token is `next` bytes after the first, its row behind the first's.
 */
function products(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  starts: bool,
  start: usize,
  secondStart: usize,
): void {
  productsTimes(row, rowBytes, token, next, keys, starts, start, secondStart, false, 0);
}

/** `products`, then each times what lies `factors` bytes before it. */
function productsTimesRow(
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  starts: bool,
  start: usize,
  secondStart: usize,
  factors: usize,
): void {
  productsTimes(row, rowBytes, token, next, keys, starts, start, secondStart, true, factors);
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
    // Never true, as the next ones: the tokens leave registers for one vector of keys at a time.
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
  // Never true: sums are finished before a branch that they are used after.
  if (!row) v128.store(row, f32x4.add(a, b));
}

/** `products` of the groups before the last; of all groups where `channels` are more than the head's. */
function groupsBefore(
  channels: i32,
  row: usize,
  rowBytes: usize,
  token: usize,
  next: usize,
  keys: usize,
  start: usize,
  secondStart: usize,
): void {
  for (let group = GROUP; group < channels; group += GROUP) {
    products(row, rowBytes, token, next, keys, group == GROUP, start, secondStart);
    token += GROUP << 2;
    keys += rowBytes * GROUP;
  }
}

/** Whether no score can exceed MOST_UNSHIFTED, by the largest query and key of each channel. */
function areSmall(q: usize, k: usize, tokenBytes: usize, count: i32, size: i32): bool {
  let bound: f32 = 0;
  for (let channel = 0; channel < size; channel += 4) {
    let mostQ = f32x4.splat(0);
    let mostK = mostQ;
    const end = q + <usize>count * tokenBytes;
    let other = k;
    for (let token = q; token < end; token += tokenBytes) {
      mostQ = f32x4.pmax(mostQ, f32x4.abs(v128.load(token)));
      mostK = f32x4.pmax(mostK, f32x4.abs(v128.load(other)));
      other += tokenBytes;
    }
    bound += sum4(v128.and(f32x4.mul(mostQ, mostK), firstLanes(size - channel)));
    q += 16;
    k += 16;
  }
  return bound * scoreScale(size) <= MOST_UNSHIFTED;
}

/** Stores −max row, but not 0, which stands for scores that need no shift. */
function storeShift(to: usize, row: usize, rowBytes: usize): void {
  let most = v128.load(row);
  const end = row + rowBytes;
  for (let at = row + 16; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
  const shift = -largestLane(most);
  store<f32>(to, shift == 0 ? f32.MIN_NORMAL_VALUE : shift);
}

/** Without `max` of two numbers, which V8 makes of branches. */
@inline
function largestLane(v: v128): f32 {
  const pairs = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/**
 * Coefficients of 2^f, f in ±½, highest first (Remez, smallest largest relative error: 7.5e-8; with
 * rounding 2e-7), then 1.5 · 2²³.
 */
const EXP2 = memory.data<f32>([
  1.3276471993e-3, 9.6755413345e-3, 5.5507132735e-2, 2.4022119724e-1, 6.9314696706e-1, 1.0000000717,
  12582912,
]);

/** Scores of two queries. Those that are shifted may lie too far below the largest for a power of 2. */
function scores(
  row: usize,
  rowBytes: usize,
  query: usize,
  next: usize,
  keys: usize,
  count: i32,
  size: i32,
  start: usize,
  secondStart: usize,
): void {
  groupsBefore(size + GROUP, row, rowBytes, query, next, keys, start, secondStart);
  if (load<f32>(start) != 0) raiseToLowest(row, 2 * rowBytes);
  for (let j = <usize>count << 2; j < rowBytes; j += 4) {
    store<f32>(row + j, LOWEST);
    store<f32>(row + rowBytes + j, LOWEST);
  }
}

function raiseToLowest(row: usize, bytes: usize): void {
  const lowest = v128.load_splat<f32>(LOWEST_IN_MEMORY);
  const end = row + bytes;
  for (let at = row; at < end; at += 16) v128.store(at, f32x4.pmax(lowest, v128.load(at)));
}

/**
 * row = 2^row, of numbers in ±126. Two vectors at a time: each is a long chain of operations, of
 * which the processor overlaps too few.
 */
function powers(row: usize, bytes: usize): void {
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
    // Adding 1.5 · 2²³ leaves the rounded number in the low bits.
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

/**
 * For two queries at once, token[c] = Σ_j row[j] · values[c][j] / Σ_j row[j] over all groups; stores the
 * inverses of the sums. The second query's row lies behind the first's; where there is none, `second` is 0.
 */
function average(
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

/** The same sums times a factor, added. */
function addCombined(
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
      // Never true, as the next ones: no more loads than these fit beside the sums.
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

/** The sums of four vectors' lanes. */
@inline
function sumsOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(lowLanes(a, b), highLanes(a, b));
  const cd = f32x4.add(lowLanes(c, d), highLanes(c, d));
  return f32x4.add(lowPairs(ab, cd), highPairs(ab, cd));
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

/**
 * `normalizers` takes what each query's scores start at and the inverse of its sum, `[token][head]`. From
 * one token to the next are `tokenBytes`, from its normalizers to the next one's `normalizerBytes`. `kept` takes
 * the powers of the first `keptRows` queries, those of the first head, then of the next, each padded as tokens are.
 */
export function attentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  normalizers: usize,
  scratch: usize,
  kept: usize,
  keptRows: i32,
  count: i32,
  width: i32,
  heads: i32,
  tokenBytes: usize,
  normalizerBytes: usize,
): void {
  const size = width / heads;
  const padded = paddedTokens(count);
  const arranged = arrangedBytes(padded, size);
  const keys = scratch;
  const values = keys + arranged;
  const passing = values + arranged;
  const rowBytes = <usize>padded << 2;
  const copies = passing + 2 * rowBytes;
  for (let head = 0; head < heads; head++) {
    const first = <usize>(head * size) << 2;
    arrange(keys, k + first, tokenBytes, count, size, scoreScale(size));
    arrange(values, v + first, tokenBytes, count, size, 1);
    const small = areSmall(q + first, k + first, tokenBytes, count, size);
    let token = first;
    let normalizer = normalizers + (<usize>head << 3);
    for (let i = 0; i < count; i += 2) {
      // Without a second query the first one's token is taken again.
      const next: usize = i + 1 < count ? tokenBytes : 0;
      const after = next ? normalizer + normalizerBytes : normalizer;
      const query = wholeGroups(q + token, copies, size);
      const secondQuery = wholeGroups(q + token + next, copies + arrangedBytes(1, size), size);
      const between = secondQuery - query;
      const row = keptRow(kept, keptRows, head * padded + i, rowBytes) || passing;
      if (small) {
        store<f32>(normalizer, 0);
        store<f32>(after, 0);
      } else {
        groupsBefore(size + GROUP, row, rowBytes, query, between, keys, ZERO, ZERO);
        storeShift(normalizer, row, rowBytes);
        storeShift(after, row + rowBytes, rowBytes);
      }
      scores(row, rowBytes, query, between, keys, count, size, normalizer, after);
      powers(row, 2 * rowBytes);
      const second = next ? out + token + next : 0;
      average(out + token, second, row, values, padded, size, normalizer + 4, after + 4);
      token += 2 * tokenBytes;
      normalizer += 2 * normalizerBytes;
    }
  }
}

/** Where the powers of a head's query and of those after it are kept, or 0. `keptRows` is a multiple of QUERIES. */
@inline
function keptRow(kept: usize, keptRows: i32, query: i32, rowBytes: usize): usize {
  return query < keptRows ? kept + <usize>query * rowBytes : 0;
}

/** The first channel of the last group. */
@inline
function lastGroup(size: i32): usize {
  return ((size - 1) / GROUP) * GROUP;
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
  kept: usize,
  keptRows: i32,
  count: i32,
  width: i32,
  heads: i32,
  tokenBytes: usize,
  normalizerBytes: usize,
): void {
  const size = width / heads;
  const padded = paddedTokens(count);
  const rowBytes = <usize>padded << 2;
  const arranged = arrangedBytes(padded, size);
  const keys = scratch;
  const values = keys + arranged;
  const gKeys = values + arranged;
  const gValues = gKeys + arranged;
  const passing = gValues + arranged;
  const gRows = passing + QUERIES * rowBytes;
  const scaled = gRows + QUERIES * rowBytes;
  const scaledBytes = arrangedBytes(1, size);
  const means = scaled + QUERIES * scaledBytes;
  const copies = means + (QUERIES << 2);
  const last = lastGroup(size);
  const lastValues = values + last * rowBytes;
  // Channels past the head stay zero.
  memory.fill(scaled, 0, QUERIES * scaledBytes);
  for (let head = 0; head < heads; head++) {
    const offset = <usize>(head * size) << 2;
    arrange(keys, k + offset, tokenBytes, count, size, scoreScale(size));
    arrange(values, v + offset, tokenBytes, count, size, 1);
    memory.fill(gKeys, 0, 2 * arranged);
    let normalizer = normalizers + (<usize>head << 3);
    for (let start = 0; start < count; start += QUERIES) {
      const queries = min(QUERIES, count - start);
      const first = <usize>start * tokenBytes + offset;
      const known = keptRow(kept, keptRows, head * padded + start, rowBytes);
      const rows = known || passing;
      for (let at = 0; at < queries; at += 2) {
        const token = first + <usize>at * tokenBytes;
        // Without a second query the first one's token is taken again.
        const isPair = at + 1 < queries;
        const next: usize = isPair ? tokenBytes : 0;
        const after = isPair ? normalizer + normalizerBytes : normalizer;
        if (!known) {
          const query = wholeGroups(q + token, copies, size);
          const secondQuery = wholeGroups(q + token + next, copies + scaledBytes, size);
          const row = rows + <usize>at * rowBytes;
          const between = secondQuery - query;
          scores(row, rowBytes, query, between, keys, count, size, normalizer, after);
        }
        const g = scaled + <usize>at * scaledBytes;
        const mean = means + (<usize>at << 2);
        const other = token + next;
        normalize(g, mean, gOut + token, out + token, size, load<f32>(normalizer, 4));
        normalize(g + scaledBytes, mean + 4, gOut + other, out + other, size, load<f32>(after, 4));
        normalizer += 2 * normalizerBytes;
      }
      if (!known) powers(rows, <usize>queries * rowBytes);
      for (let at = 0; at < queries; at += 2) {
        const gRow = gRows + <usize>at * rowBytes;
        const g = scaled + <usize>at * scaledBytes;
        const mean = means + (<usize>at << 2);
        groupsBefore(size, gRow, rowBytes, g, scaledBytes, values, mean, mean + 4);
        const lastG = g + (last << 2);
        const starts = last == 0;
        const apart = gRows - rows;
        productsTimesRow(gRow, rowBytes, lastG, scaledBytes, lastValues, starts, mean, mean + 4, apart);
      }
      // Keys carry the scale of the scores, and 1 / ln 2.
      const unscale: f32 = <f32>1 / LOG2_E;
      for (let at = 0; gq && at < queries; at += 2) {
        const token = gq + first + <usize>at * tokenBytes;
        const second: usize = at + 1 < queries ? token + tokenBytes : 0;
        const gRow = gRows + <usize>at * rowBytes;
        addCombined(token, second, gRow, keys, padded, size, unscale);
      }
      addOuter(gKeys, gRows, q + first, tokenBytes, queries, padded, size);
      addOuter(gValues, rows, scaled, scaledBytes, queries, padded, size);
    }
    if (gk) addArranged(gk + offset, gKeys, tokenBytes, count, size, <f32>1 / sqrt<f32>(<f32>size));
    if (gv) addArranged(gv + offset, gValues, tokenBytes, count, size, 1);
  }
}

/**
 * Of a query, dL/do times the inverse of its sum, and what its score gradients start at: of these products
 * −Σ_c g[c] · out[c], which is −Σ_j P[j] dP[j].
 */
function normalize(to: usize, start: usize, gOut: usize, out: usize, size: i32, inverse: f32): void {
  const bytes = <usize>size << 2;
  let sums = f32x4.splat(0);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    const g = f32x4.mul(v128.load(gOut + c), f32x4.splat(inverse));
    v128.store(to + c, g);
    sums = fma(g, v128.load(out + c), sums);
  }
  let sum = sum4(sums);
  for (; c < bytes; c += 4) {
    const g = load<f32>(gOut + c) * inverse;
    store<f32>(to + c, g);
    sum += g * load<f32>(out + c);
  }
  store<f32>(start, -sum);
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
        // Never true: as in `combineTimes`.
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
