// Attention within windows of a map [row][column][channel], or over a whole map as one window, with a learned bias of the
// scores. Forward keeps the softmax of all pairs of tokens for backward. See src/graph/ops/window-attention.ts.

import { combineRows } from "./combine-rows";
import { accumulate } from "./copy";
import { transpose } from "./flatten";
import { firstLanes, storeLanes, sum4 } from "./simd";
import { softmaxRow } from "./softmax-rows";

/** Values from one row of scores to the next. */
@inline
function padded(tokens: i32): i32 {
  return (tokens + 3) & ~3;
}

/** bias[head][i][j] = table[position of i − position of j][head], once per step. */
export function relativeBias(
  bias: usize,
  table: usize,
  rows: i32,
  columns: i32,
  heads: i32,
  stride: i32,
): void {
  const tokens = rows * columns;
  const gap = <usize>(padded(tokens) - tokens) << 2;
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < tokens; i++) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          store<f32>(bias, load<f32>(table + entryOf(i, r, c, rows, columns, stride, head)));
          bias += 4;
        }
      }
      bias += gap;
    }
  }
}

/** Offset in the table of the bias of query `i` for the key at row `r` and column `c`. */
@inline
function entryOf(i: i32, r: i32, c: i32, rows: i32, columns: i32, stride: i32, head: i32): usize {
  const down = i / columns - r + rows - 1;
  const right = (i % columns) - c + columns - 1;
  return <usize>((down * (2 * columns - 1) + right) * stride + head) << 2;
}

/** Copies the tokens of a window, or adds them back where `adds`: `map` and `tokens` change roles. */
function moveTokens(
  tokens: usize,
  map: usize,
  line: usize,
  rowBytes: usize,
  rows: i32,
  back: bool,
  adds: bool,
): void {
  for (let r = 0; r < rows; r++) {
    if (adds) accumulate(map, tokens, <i32>(rowBytes >> 2));
    else if (back) memory.copy(map, tokens, rowBytes);
    else memory.copy(tokens, map, rowBytes);
    map += line;
    tokens += rowBytes;
  }
}

/**
 * o_i = Σ_j softmax_j(q_i · k_j / √d + bias[i][j]) v_j in each window and head. `weights` takes the softmax,
 * [window][head][i][j].
 */
export function windowAttentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  weights: usize,
  scratch: usize,
  bias: usize,
  rows: i32,
  columns: i32,
  windowRows: i32,
  windowColumns: i32,
  width: i32,
  heads: i32,
): void {
  const tokens = windowRows * windowColumns;
  const size = width / heads;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  const token = <usize>width << 2;
  const scoreRow = <usize>padded(tokens) << 2;
  const ofHead = <usize>tokens * scoreRow;
  const rowBytes = <usize>windowColumns * token;
  const line = <usize>columns * token;
  const all = <usize>(tokens * width + 8) << 2;
  const isWhole = windowRows == rows && windowColumns == columns;
  const ownQ = scratch;
  const ownK = ownQ + all;
  const ownV = ownK + all;
  const ownOut = ownV + all;
  const keys = ownOut + all;
  for (let top = 0; top < rows; top += windowRows) {
    for (let left = 0; left < columns; left += windowColumns) {
      const at = <usize>top * line + <usize>left * token;
      let queries = q + at;
      let values = v + at;
      let result = out + at;
      let keyTokens = k + at;
      if (!isWhole) {
        moveTokens(ownQ, queries, line, rowBytes, windowRows, false, false);
        moveTokens(ownK, keyTokens, line, rowBytes, windowRows, false, false);
        moveTokens(ownV, values, line, rowBytes, windowRows, false, false);
        queries = ownQ;
        keyTokens = ownK;
        values = ownV;
        result = ownOut;
      }
      transpose(keyTokens, keys, tokens, width, false);
      for (let head = 0; head < heads; head++) {
        const first = <usize>(head * size) << 2;
        const headKeys = keys + first * <usize>tokens;
        if (bias) memory.copy(weights, bias + <usize>head * ofHead, ofHead);
        combineRows(
          weights, scoreRow, queries + first, token, 4,
          headKeys, <usize>tokens << 2, tokens, size, tokens, scale, bias != 0,
        );
        for (let i: usize = 0; i < ofHead; i += scoreRow) softmaxRow(weights + i, weights + i, tokens);
        combineRows(
          result + first, token, weights, scoreRow, 4,
          values + first, token, tokens, tokens, size, 1, false,
        );
        weights += ofHead;
      }
      if (!isWhole) moveTokens(ownOut, out + at, line, rowBytes, windowRows, true, false);
    }
  }
}

/**
 * With dP[i][j] = do_i · v_j and dS[i][j] = P[i][j] (dP[i][j] − Σ_l P[i][l] dP[i][l]):
 *
 *   gq_i += Σ_j dS[i][j] k_j / √d,   gk_j += Σ_i dS[i][j] q_i / √d,   gv_j += Σ_i P[i][j] do_i,
 *   gTable[position of i − position of j][head] += dS[i][j]
 *
 * `gq`, `gk`, `gv` and `gTable` may each be 0.
 */
export function windowAttentionBackward(
  q: usize,
  k: usize,
  v: usize,
  weights: usize,
  scratch: usize,
  gOut: usize,
  gq: usize,
  gk: usize,
  gv: usize,
  gTable: usize,
  rows: i32,
  columns: i32,
  windowRows: i32,
  windowColumns: i32,
  width: i32,
  heads: i32,
  tableStride: i32,
): void {
  const tokens = windowRows * windowColumns;
  const size = width / heads;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  const token = <usize>width << 2;
  const scoreRow = <usize>padded(tokens) << 2;
  const ofHead = <usize>tokens * scoreRow;
  const rowBytes = <usize>windowColumns * token;
  const line = <usize>columns * token;
  const all = <usize>(tokens * width + 8) << 2;
  const isWhole = windowRows == rows && windowColumns == columns;
  const ownQ = scratch;
  const ownK = ownQ + all;
  const ownV = ownK + all;
  const ownG = ownV + all;
  const valuesByChannel = ownG + all;
  const ownGq = valuesByChannel + all;
  const ownGk = ownGq + all;
  const ownGv = ownGk + all;
  const scores = ownGv + all;
  for (let top = 0; top < rows; top += windowRows) {
    for (let left = 0; left < columns; left += windowColumns) {
      const at = <usize>top * line + <usize>left * token;
      let queries = q + at;
      let keys = k + at;
      let values = v + at;
      let gradients = gOut + at;
      let toQ = gq;
      let toK = gk;
      let toV = gv;
      if (!isWhole) {
        moveTokens(ownQ, queries, line, rowBytes, windowRows, false, false);
        moveTokens(ownK, keys, line, rowBytes, windowRows, false, false);
        moveTokens(ownV, values, line, rowBytes, windowRows, false, false);
        moveTokens(ownG, gradients, line, rowBytes, windowRows, false, false);
        memory.fill(ownGq, 0, 3 * all);
        queries = ownQ;
        keys = ownK;
        values = ownV;
        gradients = ownG;
        toQ = ownGq;
        toK = ownGk;
        toV = ownGv;
      }
      transpose(values, valuesByChannel, tokens, width, false);
      for (let head = 0; head < heads; head++) {
        const first = <usize>(head * size) << 2;
        const byChannel = valuesByChannel + first * <usize>tokens;
        combineRows(
          scores, scoreRow, gradients + first, token, 4,
          byChannel, <usize>tokens << 2, tokens, size, tokens, 1, false,
        );
        for (let i: usize = 0; i < ofHead; i += scoreRow) scoreGradients(scores + i, weights + i, tokens);
        if (gTable) addToTable(gTable, scores, windowRows, windowColumns, tableStride, head);
        if (gq) {
          combineRows(toQ + first, token, scores, scoreRow, 4, keys + first, token, tokens, tokens, size, scale, true);
        }
        if (gk) {
          combineRows(toK + first, token, scores, 4, scoreRow, queries + first, token, tokens, tokens, size, scale, true);
        }
        if (gv) {
          combineRows(toV + first, token, weights, 4, scoreRow, gradients + first, token, tokens, tokens, size, 1, true);
        }
        weights += ofHead;
      }
      if (isWhole) continue;
      if (gq) moveTokens(ownGq, gq + at, line, rowBytes, windowRows, true, true);
      if (gk) moveTokens(ownGk, gk + at, line, rowBytes, windowRows, true, true);
      if (gv) moveTokens(ownGv, gv + at, line, rowBytes, windowRows, true, true);
    }
  }
}

/** dS = P · (dP − Σ P · dP) of one query, in place of dP. */
function scoreGradients(row: usize, weights: usize, count: i32): void {
  let sum = f32x4.splat(0);
  for (let j = 0; j < count; j += 4) {
    const at = <usize>j << 2;
    const product = f32x4.mul(v128.load(row + at), v128.load(weights + at));
    sum = f32x4.add(sum, v128.and(product, firstLanes(count - j)));
  }
  const mean = f32x4.splat(sum4(sum));
  for (let j = 0; j < count; j += 4) {
    const at = <usize>j << 2;
    const g = f32x4.mul(v128.load(weights + at), f32x4.sub(v128.load(row + at), mean));
    storeLanes(row + at, g, count - j);
  }
}

function addToTable(
  gTable: usize,
  scores: usize,
  rows: i32,
  columns: i32,
  stride: i32,
  head: i32,
): void {
  const tokens = rows * columns;
  const gap = <usize>(padded(tokens) - tokens) << 2;
  for (let i = 0; i < tokens; i++) {
    for (let r = 0; r < rows; r++) {
      let entry = gTable + entryOf(i, r, 0, rows, columns, stride, head);
      for (let c = 0; c < columns; c++) {
        store<f32>(entry, load<f32>(entry) + load<f32>(scores));
        scores += 4;
        entry -= <usize>stride << 2;
      }
    }
    scores += gap;
  }
}
