// Attention of a batch's images to each other, place by place: the tokens of a place lie a slot apart.

import { attentionBackward, attentionForward } from "./attention";

/**
 * The places of task `task` are `atOnce` ones, or those that are left of `places`. Pointers are those of
 * slot 0; a place's normalizers are spread over the slots.
 */
export function batchAttentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  normalizers: usize,
  scratch: usize,
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
    attentionForward(q + at, k + at, v + at, out + at, log, scratch, count, width, heads, slotBytes, slotBytes);
  }
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
    attentionBackward(
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
      count,
      width,
      heads,
      slotBytes,
      slotBytes,
    );
  }
}
