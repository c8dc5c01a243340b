// Attention of a batch's images to each other, place by place: the tokens of a place lie a slot apart.

import { attendTokens, attendTokensBackward } from "./attention";
import { paddedTokens } from "./attention-tokens";

/**
 * The places of task `task` are `atOnce` ones, or those that are left of `places`. Pointers are those of
 * slot 0; a place's normalizers are spread over the slots. The first `keptPlaces` keep their powers for backward.
 */
export function batchAttentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  normalizers: usize,
  scratch: usize,
  kept: usize,
  keptPlaces: i32,
  width: i32,
  heads: i32,
  places: i32,
  atOnce: i32,
  task: i32,
  count: i32,
  slotBytes: usize,
): void {
  const end = min(places, (task + 1) * atOnce);
  for (let place = task * atOnce; place < end; place++) {
    const at = <usize>(place * width) << 2;
    const log = normalizers + (<usize>(place * heads) << 3);
    const rows = place < keptPlaces ? keptRows(heads, count) : 0;
    const known = kept + <usize>place * keptBytes(heads, count);
    attendTokens(q + at, k + at, v + at, out + at, log, scratch, known, rows, count, width, heads, slotBytes, slotBytes);
  }
}

/** Rows of powers of one place, see attention.ts. */
@inline
function keptRows(heads: i32, count: i32): i32 {
  return heads * paddedTokens(count);
}

@inline
function keptBytes(heads: i32, count: i32): usize {
  return <usize>(keptRows(heads, count) * paddedTokens(count)) << 2;
}

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
  keptPlaces: i32,
  width: i32,
  heads: i32,
  places: i32,
  atOnce: i32,
  task: i32,
  count: i32,
  slotBytes: usize,
): void {
  const end = min(places, (task + 1) * atOnce);
  for (let place = task * atOnce; place < end; place++) {
    const at = <usize>(place * width) << 2;
    attendTokensBackward(
      q + at,
      k + at,
      v + at,
      out + at,
      normalizers + (<usize>(place * heads) << 3),
      scratch,
      gOut + at,
      gq ? gq + at : 0,
      gk ? gk + at : 0,
      gv ? gv + at : 0,
      kept + <usize>place * keptBytes(heads, count),
      place < keptPlaces ? keptRows(heads, count) : 0,
      count,
      width,
      heads,
      slotBytes,
      slotBytes,
    );
  }
}
