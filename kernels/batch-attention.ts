// Attention of a batch's images to each other, position by position. The tokens of one position lie one slot apart.

import { attendTokens, attendTokensBackward } from "./attention";
import { paddedTokens } from "./attention-tokens";

/**
 * `attendTokens` for the positions of task `task`: `positionsPerTask` of them, or those that are left. Pointers are
 * those of slot 0; a position's normalizers are spread over the slots. The first `keptPositions` positions keep their
 * exponentials for backward.
 */
export function batchAttentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  normalizers: usize,
  scratch: usize,
  kept: usize,
  keptPositions: i32,
  width: i32,
  heads: i32,
  positions: i32,
  positionsPerTask: i32,
  task: i32,
  count: i32,
  slotBytes: usize,
): void {
  const end = min(positions, (task + 1) * positionsPerTask);
  for (let position = task * positionsPerTask; position < end; position++) {
    const at = <usize>(position * width) << 2;
    const normalizer = normalizers + (<usize>(position * heads) << 3);
    const rows = position < keptPositions ? keptRows(heads, count) : 0;
    const known = kept + <usize>position * keptBytes(heads, count);
    attendTokens(q + at, k + at, v + at, out + at, normalizer, scratch, known, rows, count, width, heads, slotBytes, slotBytes);
  }
}

/** Rows of exponentials of one position, see attention.ts. */
@inline
function keptRows(heads: i32, count: i32): i32 {
  return heads * paddedTokens(count);
}

@inline
function keptBytes(heads: i32, count: i32): usize {
  return <usize>(keptRows(heads, count) * paddedTokens(count)) << 2;
}

/** `attendTokensBackward` for the positions of task `task`. */
export function batchAttentionBackward(
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
  keptPositions: i32,
  width: i32,
  heads: i32,
  positions: i32,
  positionsPerTask: i32,
  task: i32,
  count: i32,
  slotBytes: usize,
): void {
  const end = min(positions, (task + 1) * positionsPerTask);
  for (let position = task * positionsPerTask; position < end; position++) {
    const at = <usize>(position * width) << 2;
    attendTokensBackward(
      q + at,
      k + at,
      v + at,
      out + at,
      normalizers + (<usize>(position * heads) << 3),
      scratch,
      gOut + at,
      gq ? gq + at : 0,
      gk ? gk + at : 0,
      gv ? gv + at : 0,
      kept + <usize>position * keptBytes(heads, count),
      position < keptPositions ? keptRows(heads, count) : 0,
      count,
      width,
      heads,
      slotBytes,
      slotBytes,
    );
  }
}
