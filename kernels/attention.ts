// Scaled dot-product attention over tokens [token][channel], with d channels per head; see attention-tokens.ts.
//
//   S[i][j] = q_i · k_j / √d,   P[i][j] = exp(S[i][j]) / Σ_l exp(S[i][l]),   o_i = Σ_j P[i][j] v_j
//
// Forward keeps two numbers per query and head, its normalizers: a shift that was added to its scores, and
// 1 / Σ_l exp(S[i][l]). Backward recomputes P from them, a few queries at a time, so that no memory grows with tokens².
// The exponentials of the first queries are kept for backward instead, as many as there is room for.

import {
  addCombined,
  addOuter,
  allProducts,
  allProductsTimesRow,
  average,
  gradientMap,
  exp2,
  ZERO,
} from "./attention-rows";
import {
  addArranged,
  addTimesRows,
  addToEach,
  arrange,
  arrangedBytes,
  copyToken,
  listBytes,
  listTokens,
  paddedTokens,
  sumTokens,
  tokenAt,
  wholeGroups,
} from "./attention-tokens";
import { firstLanes, fma, sum4 } from "./simd";

/** Queries whose rows backward holds at a time. */
const QUERIES = 8;

const LOG2_E: f32 = 1.4426950408889634;

/** Largest |score|, in units of ln 2, for which 2^score and its sums stay in float32's range without a shift. */
const LARGEST_UNSHIFTED: f32 = 60;

/** The smallest score, also that of padding keys: 2^LOWEST is too small to change a sum. */
const LOWEST: f32 = -126;
const LOWEST_IN_MEMORY = memory.data<f32>([-126]);

/**
 * Whether no |score| of the tokens in a list can exceed LARGEST_UNSHIFTED. The bound is
 * Σ_c max_i |q_i[c]| · max_j |k_j[c]|, over the channels c.
 */
function areSmall(q: usize, k: usize, list: usize, count: i32, size: i32): bool {
  let bound: f32 = 0;
  const end = list + (<usize>count << 2);
  for (let channel = 0; channel < size; channel += 4) {
    let mostQ = f32x4.splat(0);
    let mostK = mostQ;
    for (let token = list; token < end; token += 4) {
      const offset = tokenAt(token, 0);
      mostQ = f32x4.pmax(mostQ, f32x4.abs(v128.load(q + offset)));
      mostK = f32x4.pmax(mostK, f32x4.abs(v128.load(k + offset)));
    }
    bound += sum4(v128.and(f32x4.mul(mostQ, mostK), firstLanes(size - channel)));
    q += 16;
    k += 16;
  }
  return bound * scoreScale(size) <= LARGEST_UNSHIFTED;
}

/** Stores −max of a row, or the smallest normal number for 0, which stands for scores that need no shift. */
function storeShift(to: usize, row: usize, rowBytes: usize): void {
  let most = v128.load(row);
  const end = row + rowBytes;
  for (let at = row + 16; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
  const shift = -largestLane(most);
  store<f32>(to, shift == 0 ? f32.MIN_NORMAL_VALUE : shift);
}

/** The largest of four lanes, without scalar `max`, which V8 compiles to branches. */
@inline
function largestLane(v: v128): f32 {
  const pairs = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/**
 * Turns the products of two queries with all keys into scores. A shift is added to the finished products, as the
 * maximum was taken from them: started from the shift, sums would round to something above 0.
 */
function shiftScores(
  row: usize,
  rowBytes: usize,
  count: i32,
  shift: usize,
  secondShift: usize,
): void {
  if (load<f32>(shift) != 0) {
    shiftRow(row, rowBytes, shift);
    shiftRow(row + rowBytes, rowBytes, secondShift);
  }
  for (let j = <usize>count << 2; j < rowBytes; j += 4) {
    store<f32>(row + j, LOWEST);
    store<f32>(row + rowBytes + j, LOWEST);
  }
}

/** Adds the shift, and raises what lies too far below 0 for 2^x. In this order of `pmax` NaN stays NaN. */
function shiftRow(row: usize, rowBytes: usize, shift: usize): void {
  const lowest = v128.load_splat<f32>(LOWEST_IN_MEMORY);
  const shifts = v128.load_splat<f32>(shift);
  const end = row + rowBytes;
  for (let at = row; at < end; at += 16) {
    v128.store(at, f32x4.pmax(f32x4.add(v128.load(at), shifts), lowest));
  }
}

/** The last key stands for `shared` equal tokens: multiplies its exponential by their number, in each row. */
@inline
function weigh(row: usize, rowBytes: usize, rows: i32, last: i32, shared: i32): void {
  row += <usize>last << 2;
  for (; rows > 0; rows--) {
    store<f32>(row, load<f32>(row) * <f32>shared);
    row += rowBytes;
  }
}

/** Attention over the positions of one map [position][channel], see `attendTokens`. */
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
): void {
  const tokenBytes = <usize>width << 2;
  const normalizerBytes = <usize>heads << 3;
  attendTokens(q, k, v, out, normalizers, scratch, kept, keptRows, count, width, heads, tokenBytes, normalizerBytes);
}

/** Gradients of `attentionForward`, see `attendTokensBackward`. */
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
): void {
  const tokenBytes = <usize>width << 2;
  const normalizerBytes = <usize>heads << 3;
  attendTokensBackward(
    q, k, v, out, normalizers, scratch, gOut, gq, gk, gv,
    kept, keptRows, count, width, heads, tokenBytes, normalizerBytes,
  );
}

/**
 * o_i = Σ_j softmax_j(q_i · k_j / √d) v_j, in each head.
 *
 * Writes to `normalizers` the shift and the inverse of the sum, [query][head][2], queries in the order of the list.
 * `tokenBytes` is the distance from one token to the next, `normalizerBytes` that from one query's normalizers to the
 * next query's. `kept` takes the exponentials of the first `keptRows` queries; queries are counted head after head,
 * and each head's number is padded as tokens are.
 */
export function attendTokens(
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
  const bytes = <usize>width << 2;
  const list = scratch;
  const listEnd = list + (<usize>count << 2);
  const alone = listTokens(list, q, k, v, tokenBytes, count, bytes);
  const shared = count - alone;
  const distinct = alone + (shared ? 1 : 0);
  const padded = paddedTokens(distinct);
  const arranged = arrangedBytes(padded, size);
  const keys = list + listBytes(count);
  const values = keys + arranged;
  const passing = values + arranged;
  const rowBytes = <usize>padded << 2;
  const copies = passing + 2 * rowBytes;
  for (let head = 0; head < heads; head++) {
    const first = <usize>(head * size) << 2;
    arrange(keys, k + first, list, distinct, size, scoreScale(size));
    arrange(values, v + first, list, distinct, size, 1);
    const small = areSmall(q + first, k + first, list, distinct, size);
    let normalizer = normalizers + (<usize>head << 3);
    for (let i = 0; i < distinct; i += 2) {
      const token = first + tokenAt(list, i);
      // Queries are computed in pairs, an odd last one with itself.
      const isPair = i + 1 < distinct;
      const other = isPair ? first + tokenAt(list, i + 1) : token;
      const after = isPair ? normalizer + normalizerBytes : normalizer;
      const query = wholeGroups(q + token, copies, size);
      const between = wholeGroups(q + other, copies + arrangedBytes(1, size), size) - query;
      const row = keptRow(kept, keptRows, head * padded + i, rowBytes) || passing;
      allProducts(row, rowBytes, query, between, keys, size, ZERO, ZERO);
      if (small) {
        store<f32>(normalizer, 0);
        store<f32>(after, 0);
      } else {
        storeShift(normalizer, row, rowBytes);
        storeShift(after, row + rowBytes, rowBytes);
      }
      shiftScores(row, rowBytes, distinct, normalizer, after);
      exp2(row, 2 * rowBytes);
      if (shared) weigh(row, rowBytes, 2, alone, shared);
      average(out + token, isPair ? out + other : 0, row, values, padded, size, normalizer + 4, after + 4);
      normalizer += 2 * normalizerBytes;
    }
  }
  if (shared) copyToOthers(out, list + (<usize>alone << 2), listEnd, bytes);
}

/** Copies the first token of a list to the others. */
function copyToOthers(tokens: usize, list: usize, end: usize, bytes: usize): void {
  const first = tokens + tokenAt(list, 0);
  for (list += 4; list < end; list += 4) {
    const token = tokens + tokenAt(list, 0);
    for (let at: usize = 0; at < bytes; at += 4) store<u32>(token + at, load<u32>(first + at));
  }
}

/**
 * Address of the kept exponentials of a query and of those after it; 0 if they are not kept. `keptRows` is a multiple
 * of QUERIES.
 */
@inline
function keptRow(kept: usize, keptRows: i32, query: i32, rowBytes: usize): usize {
  return query < keptRows ? kept + <usize>query * rowBytes : 0;
}

/** Keys are multiplied by log₂ e / √d: scores are then in units of ln 2, and exp(S) is 2^score. */
@inline
function scoreScale(size: i32): f32 {
  return LOG2_E / sqrt<f32>(<f32>size);
}

/**
 * With dP[i][j] = do_i · v_j and dS[i][j] = P[i][j] (dP[i][j] − Σ_l P[i][l] dP[i][l]):
 *
 *   gq_i += Σ_j dS[i][j] k_j / √d,   gk_j += Σ_i dS[i][j] q_i / √d,   gv_j += Σ_i P[i][j] do_i
 *
 * Each of `gq`, `gk` and `gv` may be 0. Equal tokens have different gradients of their queries, as the gradients of
 * their outputs differ. All other gradients depend only on the sum of these, and each equal token gets an equal share.
 */
export function attendTokensBackward(
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
  const bytes = <usize>width << 2;
  const list = scratch;
  const listEnd = list + (<usize>count << 2);
  const alone = listTokens(list, q, k, v, tokenBytes, count, bytes);
  const shared = count - alone;
  const distinct = alone + (shared ? 1 : 0);
  const sharedList = list + (<usize>alone << 2);
  const padded = paddedTokens(distinct);
  const rowBytes = <usize>padded << 2;
  const arranged = arrangedBytes(padded, size);
  const keys = list + listBytes(count);
  const values = keys + arranged;
  const gKeys = values + arranged;
  const gValues = gKeys + arranged;
  const passing = gValues + arranged;
  const gRows = passing + <usize>QUERIES * rowBytes;
  const tokenSize = arrangedBytes(1, size);
  const queries = gRows + <usize>QUERIES * rowBytes;
  const scaled = queries + <usize>QUERIES * tokenSize;
  const means = scaled + <usize>QUERIES * tokenSize;
  const gShared = means + (QUERIES << 2);
  const map = gShared + bytes;
  // `keys` contain the factor log₂ e / √d, gradients only 1 / √d.
  const unscale: f32 = <f32>1 / LOG2_E;
  if (shared) sumTokens(gShared, gOut, sharedList, listEnd, bytes);
  // Channels past the head stay zero.
  memory.fill(scaled, 0, <usize>QUERIES * tokenSize);
  for (let head = 0; head < heads; head++) {
    const first = <usize>(head * size) << 2;
    arrange(keys, k + first, list, distinct, size, scoreScale(size));
    arrange(values, v + first, list, distinct, size, 1);
    memory.fill(gKeys, 0, 2 * arranged);
    const ofHead = normalizers + (<usize>head << 3);
    let row: usize = 0;
    for (let start = 0; start < distinct; start += QUERIES) {
      const here = min(QUERIES, distinct - start);
      const known = keptRow(kept, keptRows, head * padded + start, rowBytes);
      const rows = known || passing;
      // Queries are computed in pairs, an odd last one with itself.
      for (let at = 0; at < here + (here & 1); at++) {
        const index = start + min(at, here - 1);
        const token = first + tokenAt(list, index);
        const g = index < alone ? gOut + token : gShared + first;
        const inverse = load<f32>(ofHead + <usize>index * normalizerBytes, 4);
        copyToken(queries + <usize>at * tokenSize, q + token, size);
        normalize(scaled + <usize>at * tokenSize, means + (<usize>at << 2), g, out + token, size, inverse);
      }
      if (!known) {
        for (let at = 0; at < here; at += 2) {
          const normalizer = ofHead + <usize>(start + at) * normalizerBytes;
          const after = at + 1 < here ? normalizer + normalizerBytes : normalizer;
          const query = queries + <usize>at * tokenSize;
          const pair = rows + <usize>at * rowBytes;
          allProducts(pair, rowBytes, query, tokenSize, keys, size, ZERO, ZERO);
          shiftScores(pair, rowBytes, distinct, normalizer, after);
        }
        exp2(rows, <usize>here * rowBytes);
        if (shared) weigh(rows, rowBytes, here, alone, shared);
      }
      for (let at = 0; at < here; at += 2) {
        const gRow = gRows + <usize>at * rowBytes;
        const g = scaled + <usize>at * tokenSize;
        const mean = means + (<usize>at << 2);
        allProductsTimesRow(gRow, rowBytes, g, tokenSize, values, size, mean, mean + 4, gRows - rows);
      }
      const ownGradients = min(here, alone - start);
      for (let at = 0; gq && at < ownGradients; at += 2) {
        const token = gq + first + tokenAt(list, start + at);
        const second: usize = at + 1 < ownGradients ? gq + first + tokenAt(list, start + at + 1) : 0;
        addCombined(token, second, gRows + <usize>at * rowBytes, keys, padded, size, unscale);
      }
      addOuter(gKeys, gRows, queries, tokenSize, here, padded, size);
      addOuter(gValues, rows, scaled, tokenSize, here, padded, size);
      row = rows + <usize>(here - 1) * rowBytes;
    }
    if (shared && gq) {
      const inverse = load<f32>(ofHead + <usize>alone * normalizerBytes, 4);
      gradientMap(map, row, keys, values, out + first + tokenAt(sharedList, 0), padded, size, inverse * unscale);
      for (let token = sharedList; token < listEnd; token += 4) {
        const offset = first + tokenAt(token, 0);
        addTimesRows(gq + offset, gOut + offset, map, size);
      }
    }
    if (gk) addToTokens(gk + first, gKeys, list, alone, count, padded, size, <f32>1 / sqrt<f32>(<f32>size));
    if (gv) addToTokens(gv + first, gValues, list, alone, count, padded, size, 1);
  }
}

/** Adds gradients, times `factor`, to one head's tokens in a list. The equal tokens share one gradient equally. */
function addToTokens(
  to: usize,
  gradients: usize,
  list: usize,
  alone: i32,
  count: i32,
  padded: i32,
  size: i32,
  factor: f32,
): void {
  addArranged(to, gradients, list, alone, padded, size, factor);
  const shared = count - alone;
  if (!shared) return;
  const end = list + (<usize>count << 2);
  addToEach(to, gradients, alone, list + (<usize>alone << 2), end, padded, size, factor / <f32>shared);
}

/**
 * For one query: to = do / Σ_l exp(S[l]) and start = −Σ_c to[c] · out[c]. Then dS[j] is exp(S[j]) times
 * start + Σ_c to[c] · v_j[c], as Σ_c do[c] · out[c] = Σ_l P[l] dP[l].
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

