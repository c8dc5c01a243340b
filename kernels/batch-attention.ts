// Attention of a batch's images to each other at one place: their tokens are gathered side by side,
// and the attention over tokens does the rest.

import { attentionBackward, attentionForward } from "./attention";
import { storeLanes } from "./simd";

/** Bytes of `count` gathered tokens, with room for a vector past the end. */
@inline
function gatheredBytes(count: i32, width: i32): usize {
  return <usize>(((count + 3) & ~3) * width + 4) << 2;
}

/** Side by side; a vector may run over into the next token, which is written after it. */
function gather(to: usize, from: usize, slotBytes: usize, count: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let image = 0; image < count; image++) {
    for (let c: usize = 0; c < bytes; c += 16) v128.store(to + c, v128.load(from + c));
    to += bytes;
    from += slotBytes;
  }
}

function scatter(to: usize, from: usize, slotBytes: usize, count: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let image = 0; image < count; image++) {
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c << 2;
      storeLanes(to + at, v128.load(from + at), width - c);
    }
    to += slotBytes;
    from += bytes;
  }
}

/** to += from, image by image. */
function scatterAdd(to: usize, from: usize, slotBytes: usize, count: i32, width: i32): void {
  const bytes = <usize>width << 2;
  for (let image = 0; image < count; image++) {
    for (let c = 0; c < width; c += 4) {
      const at = <usize>c << 2;
      const sum = f32x4.add(v128.load(to + at), v128.load(from + at));
      storeLanes(to + at, sum, width - c);
    }
    to += slotBytes;
    from += bytes;
  }
}

/** Pointers are those of slot 0; a place's normalizers, two a head and image, are spread over the slots. */
export function batchAttentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  normalizers: usize,
  scratch: usize,
  width: i32,
  heads: i32,
  place: i32,
  count: i32,
  slotBytes: usize,
): void {
  const offset = <usize>(place * width) << 2;
  const bytes = gatheredBytes(count, width);
  const qs = scratch;
  const ks = qs + bytes;
  const vs = ks + bytes;
  const outs = vs + bytes;
  const logs = outs + bytes;
  const rest = logs + gatheredBytes(count, 2 * heads);
  gather(qs, q + offset, slotBytes, count, width);
  gather(ks, k + offset, slotBytes, count, width);
  gather(vs, v + offset, slotBytes, count, width);
  attentionForward(qs, ks, vs, outs, logs, rest, count, width, heads);
  scatter(out + offset, outs, slotBytes, count, width);
  scatter(normalizers + (<usize>(place * heads) << 3), logs, slotBytes, count, 2 * heads);
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
  place: i32,
  count: i32,
  slotBytes: usize,
): void {
  const offset = <usize>(place * width) << 2;
  const bytes = gatheredBytes(count, width);
  const qs = scratch;
  const ks = qs + bytes;
  const vs = ks + bytes;
  const outs = vs + bytes;
  const gOuts = outs + bytes;
  const gradients = gOuts + bytes;
  const logs = gradients + 3 * bytes;
  const rest = logs + gatheredBytes(count, 2 * heads);
  gather(qs, q + offset, slotBytes, count, width);
  gather(ks, k + offset, slotBytes, count, width);
  gather(vs, v + offset, slotBytes, count, width);
  gather(outs, out + offset, slotBytes, count, width);
  gather(gOuts, gOut + offset, slotBytes, count, width);
  gather(logs, normalizers + (<usize>(place * heads) << 3), slotBytes, count, 2 * heads);
  memory.fill(gradients, 0, 3 * bytes);
  const gks = gradients + bytes;
  const gvs = gks + bytes;
  attentionBackward(qs, ks, vs, outs, logs, rest, gOuts, gradients, gks, gvs, count, width, heads);
  if (gq) scatterAdd(gq + offset, gradients, slotBytes, count, width);
  if (gk) scatterAdd(gk + offset, gks, slotBytes, count, width);
  if (gv) scatterAdd(gv + offset, gvs, slotBytes, count, width);
}
