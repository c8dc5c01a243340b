// How attention reads and writes its tokens [token][channel]. Tokens with equal queries, keys and values, such as those
// of an image's background, have equal outputs: they are computed once, as one token that counts as often as it occurs.
//
// Per head, tokens are rearranged so that lanes hold tokens: groups of 5 channels; in a group, vectors of 4 tokens; per
// 4 tokens, the 5 channels side by side, so that one pointer with fixed offsets reaches them. Channels past the head
// are 0, tokens past the end repeat the last one.

import { addScalar, addVector, fma, highLanes, highPairs, lowLanes, lowPairs, storeLanes } from "./simd";

/** Channels per group: five sums, five loads and what they share fit the 16 vector registers. */
export const GROUP = 5;
/** Bytes of 4 tokens in a group. */
export const VECTOR: usize = 80;

/** Tokens, padded to whole pairs of vectors. */
@inline
export function paddedTokens(count: i32): i32 {
  return (count + 7) & ~7;
}

/** Bytes of one head's tokens, arranged in groups. */
@inline
export function arrangedBytes(padded: i32, size: i32): usize {
  const channels = ((size + GROUP - 1) / GROUP) * GROUP;
  return <usize>(padded * channels) << 2;
}

/** Bytes of a list of `count` tokens. */
@inline
export function listBytes(count: i32): usize {
  return <usize>((count + 3) & ~3) << 2;
}

/**
 * Lists the byte offsets of all tokens: first those that are computed one by one, then a set of equal tokens, which is
 * computed once. Returns the number of the former. The set has all tokens equal to the first token whose successor
 * equals it; tokens of any other set of equal ones are computed one by one.
 */
export function listTokens(
  list: usize,
  q: usize,
  k: usize,
  v: usize,
  tokenBytes: usize,
  count: i32,
  bytes: usize,
): i32 {
  const end = <usize>count * tokenBytes;
  let common: usize = 0;
  while (common + tokenBytes < end && !areEqual(q, k, v, common, common + tokenBytes, bytes)) common += tokenBytes;
  const isShared = common + tokenBytes < end;
  let alone = list;
  let shared = list + (<usize>count << 2);
  for (let token: usize = 0; token < end; token += tokenBytes) {
    if (isShared && areEqual(q, k, v, common, token, bytes)) {
      shared -= 4;
      store<u32>(shared, <u32>token);
    } else {
      store<u32>(alone, <u32>token);
      alone += 4;
    }
  }
  return <i32>((alone - list) >> 2);
}

/** Whether the tokens `a` and `b` have the same bits. */
@inline
function areEqual(q: usize, k: usize, v: usize, a: usize, b: usize, bytes: usize): bool {
  return sameBits(k + a, k + b, bytes) && sameBits(q + a, q + b, bytes) && sameBits(v + a, v + b, bytes);
}

@inline
function sameBits(a: usize, b: usize, bytes: usize): bool {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    if (v128.any_true(v128.xor(v128.load(a + at), v128.load(b + at)))) return false;
  }
  for (; at < bytes; at += 4) {
    if (load<u32>(a + at) != load<u32>(b + at)) return false;
  }
  return true;
}

/** The offset of the token that is number `index` of a list. */
@inline
export function tokenAt(list: usize, index: i32): usize {
  return <usize>load<u32>(list + (<usize>index << 2));
}

/** to = the sum of the tokens in a list. */
export function sumTokens(to: usize, from: usize, list: usize, end: usize, bytes: usize): void {
  memory.fill(to, 0, bytes);
  for (; list < end; list += 4) {
    const token = from + tokenAt(list, 0);
    for (let at: usize = 0; at < bytes; at += 4) addScalar(to + at, load<f32>(token + at));
  }
}

/** Copies one head's tokens in a list to groups, times `factor`. */
export function arrange(to: usize, from: usize, list: usize, count: i32, size: i32, factor: f32): void {
  const vectors = paddedTokens(count) >> 2;
  const last = list + (<usize>(count - 1) << 2);
  for (let group = 0; group < size; group += GROUP) {
    let token = list;
    for (let i = 0; i < vectors; i++) {
      const t0 = from + tokenAt(min(token, last), 0);
      const t1 = from + tokenAt(min(token + 4, last), 0);
      const t2 = from + tokenAt(min(token + 8, last), 0);
      const t3 = from + tokenAt(min(token + 12, last), 0);
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
      token += 16;
    }
    from += GROUP << 2;
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

/** One token's channels in the last group, which they do not fill, then zeros. */
function arrangeToken(to: usize, token: usize, channels: i32, factor: f32): void {
  for (let c = 0; c < GROUP; c++) {
    const value: f32 = c < channels ? load<f32>(token + (<usize>c << 2)) * factor : 0;
    store<f32>(to + (<usize>c << 4), value);
  }
}

/** Adds the groups' tokens, times `factor`, to one head's tokens in a list. */
export function addArranged(to: usize, from: usize, list: usize, count: i32, padded: i32, size: i32, factor: f32): void {
  const next = <usize>padded * VECTOR >> 2;
  for (let group = 0; group < size; group += GROUP) {
    const channels = min(GROUP, size - group);
    let at = from;
    for (let start = 0; start < count; start += 4) {
      const token = list + (<usize>start << 2);
      const tokens = min(4, count - start);
      if (tokens == 4 && channels == GROUP) {
        addGroup(to + tokenAt(token, 0), to + tokenAt(token, 1), to + tokenAt(token, 2), to + tokenAt(token, 3), at, factor);
      } else {
        for (let i = 0; i < tokens; i++) {
          addToken(to + tokenAt(token, i), at + (<usize>i << 2), channels, factor);
        }
      }
      at += VECTOR;
    }
    from += next;
    to += GROUP << 2;
  }
}

/** Five channels of four tokens. */
@inline
function addGroup(t0: usize, t1: usize, t2: usize, t3: usize, from: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
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

/** Adds token `index` of the groups, times `factor`, to each of one head's tokens in a list. */
export function addToEach(
  to: usize,
  from: usize,
  index: i32,
  list: usize,
  end: usize,
  padded: i32,
  size: i32,
  factor: f32,
): void {
  from += <usize>(index >> 2) * VECTOR + (<usize>(index & 3) << 2);
  const next = <usize>padded * VECTOR >> 2;
  for (let group = 0; group < size; group += GROUP) {
    const channels = min(GROUP, size - group);
    for (let token = list; token < end; token += 4) addToken(to + tokenAt(token, 0), from, channels, factor);
    from += next;
    to += GROUP << 2;
  }
}

/** The token itself if its head fills the last group, else a copy padded with zeros. */
export function wholeGroups(token: usize, copy: usize, size: i32): usize {
  if (size % GROUP == 0) return token;
  copyToken(copy, token, size);
  return copy;
}

/** Copies one head's channels, padded with zeros to the end of the last group. */
export function copyToken(to: usize, token: usize, size: i32): void {
  const end = to + arrangedBytes(1, size);
  const bytes = <usize>size << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(to + at, v128.load(token + at));
  for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(token + at));
  for (to += at; to < end; to += 4) store<f32>(to, 0);
}

/** to[i] += Σ_c token[c] · rows[c][i], for all channels i and c of one head. */
export function addTimesRows(to: usize, token: usize, rows: usize, size: i32): void {
  const rowBytes = arrangedBytes(1, size);
  for (let i = 0; i < size; i += 4) {
    let sum = v128.load(to);
    let row = rows;
    for (let c: usize = 0; <i32>c < size; c++) {
      sum = fma(v128.load_splat<f32>(token + (c << 2)), v128.load(row), sum);
      row += rowBytes;
    }
    storeLanes(to, sum, size - i);
    to += 16;
    rows += 16;
  }
}
