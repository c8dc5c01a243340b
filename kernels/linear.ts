// Linear layers: of a vector, with input features along the lanes, and of every position of a map, with output features
// along the lanes. Rows of weights are padded with zeros to whole vectors. Memory past the end of `x` may hold any
// values, as plans share memory: they are masked.

import { Control } from "../src/engine/control";
import { control } from "./control";
import { addScalar, firstLanes, fma, storeLanes, sum4 } from "./simd";

/**
 * Lists the byte offsets of the vectors of `x` that are not all zero; returns the end of the list. Lists all
 * where a parameter is infinite or NaN, as zero times it is NaN.
 */
function listNonZero(list: usize, x: usize, bytes: usize): usize {
  const zero = f32x4.splat(0);
  const every = 1 - control(Control.AllFinite);
  for (let i: usize = 0; i < bytes; i += 16) {
    // Each offset is written, and counted only if kept: a branch would be unpredictable.
    store<u32>(list, <u32>i);
    list += i32x4.bitmask(f32x4.ne(v128.load(x + i), zero)) | every ? 4 : 0;
  }
  return list;
}

/**
 * y = w · x + b. Rows have `stride` values, and as many can be read from x. Vectors of zeros, as dropout2d leaves them,
 * cost nothing. `list` has room for one entry per vector.
 */
export function linearForward(
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  list: usize,
  biasOffset: i32,
  stride: i32,
  outFeatures: i32,
  features: i32,
): void {
  const bytes = <usize>stride << 2;
  const whole = <usize>(features & ~3) << 2;
  const end = listNonZero(list, x, whole);
  const tail = whole < bytes ? v128.and(v128.load(x + whole), firstLanes(features & 3)) : f32x4.splat(0);
  let o = 0;
  for (; o + 4 <= outFeatures; o += 4) {
    const w1 = weight + bytes;
    const w2 = w1 + bytes;
    const w3 = w2 + bytes;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let at = list; at < end; at += 4) {
      const i = <usize>load<u32>(at);
      const v = v128.load(x + i);
      s0 = fma(v, v128.load(weight + i), s0);
      s1 = fma(v, v128.load(w1 + i), s1);
      s2 = fma(v, v128.load(w2 + i), s2);
      s3 = fma(v, v128.load(w3 + i), s3);
    }
    if (whole < bytes) {
      s0 = fma(tail, v128.load(weight + whole), s0);
      s1 = fma(tail, v128.load(w1 + whole), s1);
      s2 = fma(tail, v128.load(w2 + whole), s2);
      s3 = fma(tail, v128.load(w3 + whole), s3);
    }
    storeSum(y, s0, bias, biasOffset, o);
    storeSum(y, s1, bias, biasOffset, o + 1);
    storeSum(y, s2, bias, biasOffset, o + 2);
    storeSum(y, s3, bias, biasOffset, o + 3);
    weight = w3 + bytes;
  }
  for (; o < outFeatures; o++) {
    let sum = f32x4.splat(0);
    for (let at = list; at < end; at += 4) {
      const i = <usize>load<u32>(at);
      sum = fma(v128.load(x + i), v128.load(weight + i), sum);
    }
    if (whole < bytes) sum = fma(tail, v128.load(weight + whole), sum);
    storeSum(y, sum, bias, biasOffset, o);
    weight += bytes;
  }
}

@inline
function storeSum(y: usize, sum: v128, bias: usize, biasOffset: i32, o: i32): void {
  const b: f32 = bias ? load<f32>(bias + (<usize>(biasOffset + o) << 2)) : 0;
  store<f32>(y + (<usize>o << 2), sum4(sum) + b);
}

/**
 * gw += g ⊗ x, gb += g, gx += wᵀ · g. Rows with g = 0 and vectors with x = 0 cost nothing. `list` has room for one
 * entry per vector or per row, whichever are more.
 */
export function linearBackward(
  x: usize,
  gy: usize,
  weight: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  list: usize,
  biasOffset: i32,
  stride: i32,
  outFeatures: i32,
  features: i32,
): void {
  const bytes = <usize>stride << 2;
  const whole = <usize>(features & ~3) << 2;
  const mask = firstLanes(features & 3);
  const end = listNonZero(list, x, whole);
  for (let o = 0; o < outFeatures; o++) {
    const g = load<f32>(gy + (<usize>o << 2));
    if (g == 0) continue;
    if (gBias) addScalar(gBias + (<usize>(biasOffset + o) << 2), g);
    const gv = f32x4.splat(g);
    const gw = gWeight + <usize>o * bytes;
    for (let at = list; at < end; at += 4) {
      const i = <usize>load<u32>(at);
      v128.store(gw + i, fma(gv, v128.load(x + i), v128.load(gw + i)));
    }
    // Padding of a weight row stays zero.
    if (whole < bytes) {
      const sum = fma(gv, v128.load(x + whole), v128.load(gw + whole));
      v128.store(gw + whole, v128.and(sum, mask));
    }
  }
  if (gx) addInputGradient(gy, weight, gx, list, bytes, outFeatures);
}

/** gx += wᵀ · g, four rows with g ≠ 0 at a time. */
function addInputGradient(
  gy: usize,
  weight: usize,
  gx: usize,
  list: usize,
  bytes: usize,
  outFeatures: i32,
): void {
  let end = list;
  for (let o = 0; o < outFeatures; o++) {
    store<u32>(end, o);
    end += load<f32>(gy + (<usize>o << 2)) == 0 ? 0 : 4;
  }
  let at = list;
  for (; at + 16 <= end; at += 16) {
    const o0 = <usize>load<u32>(at);
    const o1 = <usize>load<u32>(at, 4);
    const o2 = <usize>load<u32>(at, 8);
    const o3 = <usize>load<u32>(at, 12);
    const g0 = v128.load_splat<f32>(gy + (o0 << 2));
    const g1 = v128.load_splat<f32>(gy + (o1 << 2));
    const g2 = v128.load_splat<f32>(gy + (o2 << 2));
    const g3 = v128.load_splat<f32>(gy + (o3 << 2));
    const w0 = weight + o0 * bytes;
    const w1 = weight + o1 * bytes;
    const w2 = weight + o2 * bytes;
    const w3 = weight + o3 * bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      let sum = fma(g0, v128.load(w0 + i), v128.load(gx + i));
      sum = fma(g1, v128.load(w1 + i), sum);
      sum = fma(g2, v128.load(w2 + i), sum);
      v128.store(gx + i, fma(g3, v128.load(w3 + i), sum));
    }
  }
  for (; at < end; at += 4) {
    const o = <usize>load<u32>(at);
    const g = v128.load_splat<f32>(gy + (o << 2));
    const w = weight + o * bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(gx + i, fma(g, v128.load(w + i), v128.load(gx + i)));
    }
  }
}

/** Packs weight rows as [in][out]; `out` is padded with zeros to whole vectors. */
export function linearPack(
  packed: usize,
  weight: usize,
  features: i32,
  outFeatures: i32,
  stride: i32,
): void {
  const padded = (outFeatures + 3) & ~3;
  for (let i = 0; i < features; i++) {
    for (let o = 0; o < padded; o++) {
      const from = weight + (<usize>(o * stride + i) << 2);
      store<f32>(packed, o < outFeatures ? load<f32>(from) : 0);
      packed += 4;
    }
  }
}

/** y = w · x + b at every position of a channels-last map. */
export function linearMapForward(
  x: usize,
  packed: usize,
  bias: usize,
  y: usize,
  biasOffset: i32,
  positions: i32,
  features: i32,
  outFeatures: i32,
): void {
  const stride = (outFeatures + 3) & ~3;
  const start = bias ? bias + (<usize>biasOffset << 2) : 0;
  timesRows(x, packed, start, y, positions, features, outFeatures, stride, false);
}

/**
 * y[p] = bias + Σ_i x[p, i] · rows[i] at every position p, or y += that if `adds`. In blocks of three positions and
 * three vectors of a row. Vectors past the row's end repeat its last one, positions past the end repeat the block's
 * first one; neither are stored.
 */
function timesRows(
  x: usize,
  rows: usize,
  bias: usize,
  y: usize,
  positions: i32,
  features: i32,
  outFeatures: i32,
  stride: i32,
  adds: bool,
): void {
  const inBytes = <usize>features << 2;
  const outBytes = <usize>outFeatures << 2;
  const step = <usize>stride << 2;
  for (let first = 0; first < outFeatures; first += 12) {
    const left = outFeatures - first;
    const o1 = vectorOffset(1, left);
    const o2 = vectorOffset(2, left);
    const bias0 = biasLanes(bias, first, left);
    const bias1 = biasLanes(bias, first + 4, left - 4);
    const bias2 = biasLanes(bias, first + 8, left - 8);
    const column = rows + (<usize>first << 2);
    for (let position = 0; position < positions; position += 3) {
      const second: usize = position + 1 < positions ? inBytes : 0;
      const third: usize = position + 2 < positions ? 2 * inBytes : 0;
      let a = x + <usize>position * inBytes;
      const end = a + inBytes;
      let w = column;
      let w1 = column + o1;
      let w2 = column + o2;
      let a0 = bias0;
      let a1 = bias1;
      let a2 = bias2;
      let b0 = bias0;
      let b1 = bias1;
      let b2 = bias2;
      let c0 = bias0;
      let c1 = bias1;
      let c2 = bias2;
      while (a < end) {
        const v0 = v128.load(w);
        const v1 = v128.load(w1);
        const v2 = v128.load(w2);
        const va = v128.load_splat<f32>(a);
        const vb = v128.load_splat<f32>(a + second);
        const vc = v128.load_splat<f32>(a + third);
        a0 = fma(va, v0, a0);
        a1 = fma(va, v1, a1);
        a2 = fma(va, v2, a2);
        b0 = fma(vb, v0, b0);
        b1 = fma(vb, v1, b1);
        b2 = fma(vb, v2, b2);
        c0 = fma(vc, v0, c0);
        c1 = fma(vc, v1, c1);
        c2 = fma(vc, v2, c2);
        a += 4;
        w += step;
        w1 += step;
        w2 += step;
      }
      const to = y + <usize>position * outBytes + (<usize>first << 2);
      if (adds) {
        addThree(to, a0, a1, a2, left);
        if (second) addThree(to + outBytes, b0, b1, b2, left);
        if (third) addThree(to + 2 * outBytes, c0, c1, c2, left);
      } else {
        storeThree(to, a0, a1, a2, left);
        if (second) storeThree(to + outBytes, b0, b1, b2, left);
        if (third) storeThree(to + 2 * outBytes, c0, c1, c2, left);
      }
    }
  }
}

/**
 * Byte offset of vector `index` in a block with `left` values left; past the end, that of the last vector. Loops keep
 * one pointer per vector: V8 would compute the offsets again in every iteration.
 */
@inline
function vectorOffset(index: i32, left: i32): usize {
  return <usize>min(index, (left - 1) >> 2) << 4;
}

/** Stores the first `left` of three vectors' values. */
@inline
function storeThree(to: usize, v0: v128, v1: v128, v2: v128, left: i32): void {
  storeLanes(to, v0, left);
  if (left > 4) storeLanes(to + 16, v1, left - 4);
  if (left > 8) storeLanes(to + 32, v2, left - 8);
}

/** Biases of up to four features from index `at` on; 0 in the other lanes. */
function biasLanes(bias: usize, at: i32, lanes: i32): v128 {
  let v = f32x4.splat(0);
  if (!bias || lanes < 1) return v;
  const from = bias + (<usize>at << 2);
  v = f32x4.replace_lane(v, 0, load<f32>(from));
  if (lanes > 1) v = f32x4.replace_lane(v, 1, load<f32>(from, 4));
  if (lanes > 2) v = f32x4.replace_lane(v, 2, load<f32>(from, 8));
  if (lanes > 3) v = f32x4.replace_lane(v, 3, load<f32>(from, 12));
  return v;
}

/** gw[o, i] += Σ_p g[p, o] · x[p, i], gb[o] += Σ_p g[p, o], gx[p, i] += Σ_o g[p, o] · w[o, i] over positions p. */
export function linearMapBackward(
  x: usize,
  gy: usize,
  weight: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  biasOffset: i32,
  positions: i32,
  features: i32,
  outFeatures: i32,
  stride: i32,
): void {
  if (gBias) addChannelSums(gy, gBias + (<usize>biasOffset << 2), positions, outFeatures);
  for (let o = 0; o < outFeatures; o += 3) {
    mapWeightGradient(x, gy, gWeight, positions, features, outFeatures, stride, o);
  }
  if (gx) timesRows(gy, weight, 0, gx, positions, outFeatures, features, stride, true);
}

/** sums[channel] += Σ over positions of x[position, channel]; lanes past the last channel are not stored. */
export function addChannelSums(x: usize, sums: usize, positions: i32, channels: i32): void {
  const outBytes = <usize>channels << 2;
  for (let o = 0; o < channels; o += 12) {
    const left = channels - o;
    let g = x + (<usize>o << 2);
    let g1 = g + vectorOffset(1, left);
    let g2 = g + vectorOffset(2, left);
    const end = g + <usize>positions * outBytes;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    while (g < end) {
      s0 = f32x4.add(s0, v128.load(g));
      s1 = f32x4.add(s1, v128.load(g1));
      s2 = f32x4.add(s2, v128.load(g2));
      g += outBytes;
      g1 += outBytes;
      g2 += outBytes;
    }
    addThree(sums + (<usize>o << 2), s0, s1, s2, left);
  }
}

/** gw[o, i] += Σ_p g[p, o] · x[p, i], for up to three rows o from `first` on. */
function mapWeightGradient(
  x: usize,
  gy: usize,
  gWeight: usize,
  positions: i32,
  features: i32,
  outFeatures: i32,
  stride: i32,
  first: i32,
): void {
  const inBytes = <usize>features << 2;
  const outBytes = <usize>outFeatures << 2;
  const bytes = <usize>stride << 2;
  const second: usize = first + 1 < outFeatures ? 4 : 0;
  const third: usize = first + 2 < outFeatures ? 8 : 0;
  for (let i = 0; i < features; i += 12) {
    const left = features - i;
    const o1 = vectorOffset(1, left);
    const o2 = vectorOffset(2, left);
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let c0 = a0;
    let c1 = a0;
    let c2 = a0;
    let from = x + (<usize>i << 2);
    let from1 = from + o1;
    let from2 = from + o2;
    let g = gy + (<usize>first << 2);
    const end = g + <usize>positions * outBytes;
    while (g < end) {
      const x0 = v128.load(from);
      const x1 = v128.load(from1);
      const x2 = v128.load(from2);
      const ga = v128.load_splat<f32>(g);
      const gb = v128.load_splat<f32>(g + second);
      const gc = v128.load_splat<f32>(g + third);
      a0 = fma(ga, x0, a0);
      a1 = fma(ga, x1, a1);
      a2 = fma(ga, x2, a2);
      b0 = fma(gb, x0, b0);
      b1 = fma(gb, x1, b1);
      b2 = fma(gb, x2, b2);
      c0 = fma(gc, x0, c0);
      c1 = fma(gc, x1, c1);
      c2 = fma(gc, x2, c2);
      from += inBytes;
      from1 += inBytes;
      from2 += inBytes;
      g += outBytes;
    }
    const to = gWeight + <usize>first * bytes + (<usize>i << 2);
    addThree(to, a0, a1, a2, left);
    if (second) addThree(to + bytes, b0, b1, b2, left);
    if (third) addThree(to + 2 * bytes, c0, c1, c2, left);
  }
}

/**
 * Adds the first `left` of three vectors' values. Values after them are not rewritten: a later load of them would wait
 * for a store that covers only part of it.
 */
@inline
function addThree(to: usize, v0: v128, v1: v128, v2: v128, left: i32): void {
  addLanes(to, v0, left);
  if (left > 4) addLanes(to + 16, v1, left - 4);
  if (left > 8) addLanes(to + 32, v2, left - 8);
}

@inline
function addLanes(address: usize, v: v128, lanes: i32): void {
  storeLanes(address, f32x4.add(v128.load(address), v), lanes);
}
