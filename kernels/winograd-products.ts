// The products between Winograd's transforms: for each of a tile's points, a matrix of tiles × channels times one of
// channels × channels. Blocks have 8 sums of 4 lanes, as in dense-conv.ts.

import { fma } from "./simd";

/** Tiles of a block. */
const TILES = 4;

/**
 * sums[point][tile][out] = Σ over channels of values[point][tile][channel] · packed[point][block of out][channel][out]
 *
 * `tiles` and `outChannels` are multiples of 4; rows of `values` are padded to whole vectors.
 */
export function multiplyTiles(
  values: usize, packed: usize, sums: usize, points: i32, tiles: i32, inChannels: i32, outChannels: i32,
): void {
  const depth = <usize>((inChannels + 3) & ~3) << 2;
  const width = <usize>outChannels << 2;
  const bytes = <usize>inChannels << 2;
  for (let point = 0; point < points; point++) {
    for (let o: usize = 0; o < width; o += 32) {
      if (o + 16 < width) {
        eightOutputs(values, packed, sums + o, tiles, depth, width, bytes);
        packed += bytes << 3;
      } else {
        fourOutputs(values, packed, sums + o, tiles, depth, width, bytes);
        packed += bytes << 2;
      }
    }
    values += <usize>tiles * depth;
    sums += <usize>tiles * width;
  }
}

function eightOutputs(v: usize, packed: usize, to: usize, tiles: i32, depth: usize, width: usize, bytes: usize): void {
  const depth2 = 2 * depth;
  const depth3 = 3 * depth;
  const end = v + <usize>tiles * depth;
  while (v < end) {
    let p = v;
    const last = p + bytes;
    let w = packed;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    while (p < last) {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const va = v128.load_splat<f32>(p);
      a0 = fma(va, w0, a0);
      a1 = fma(va, w1, a1);
      const vb = v128.load_splat<f32>(p + depth);
      b0 = fma(vb, w0, b0);
      b1 = fma(vb, w1, b1);
      const vc = v128.load_splat<f32>(p + depth2);
      c0 = fma(vc, w0, c0);
      c1 = fma(vc, w1, c1);
      const vd = v128.load_splat<f32>(p + depth3);
      d0 = fma(vd, w0, d0);
      d1 = fma(vd, w1, d1);
      w += 32;
      p += 4;
    }
    v128.store(to, a0);
    v128.store(to, a1, 16);
    to += width;
    v128.store(to, b0);
    v128.store(to, b1, 16);
    to += width;
    v128.store(to, c0);
    v128.store(to, c1, 16);
    to += width;
    v128.store(to, d0);
    v128.store(to, d1, 16);
    to += width;
    v += <usize>TILES * depth;
  }
}

function fourOutputs(v: usize, packed: usize, to: usize, tiles: i32, depth: usize, width: usize, bytes: usize): void {
  const depth2 = 2 * depth;
  const depth3 = 3 * depth;
  const end = v + <usize>tiles * depth;
  while (v < end) {
    let p = v;
    const last = p + bytes;
    let w = packed;
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    while (p < last) {
      const w0 = v128.load(w);
      a = fma(v128.load_splat<f32>(p), w0, a);
      b = fma(v128.load_splat<f32>(p + depth), w0, b);
      c = fma(v128.load_splat<f32>(p + depth2), w0, c);
      d = fma(v128.load_splat<f32>(p + depth3), w0, d);
      w += 16;
      p += 4;
    }
    v128.store(to, a);
    v128.store(to + width, b);
    v128.store(to + 2 * width, c);
    v128.store(to + 3 * width, d);
    to += <usize>TILES * width;
    v += <usize>TILES * depth;
  }
}

/**
 * sums[point][channel][out] += Σ over tiles of values[point][tile][channel] · gradients[point][tile][out]
 *
 * Numbers of channels are multiples of 4. Values and gradients have room for whole groups of 4 tiles.
 */
export function multiplyGradients(
  values: usize, gradients: usize, sums: usize, points: i32, tiles: i32, inChannels: i32, outChannels: i32,
): void {
  const room = <usize>((tiles + 3) & ~3);
  const depth = <usize>inChannels << 2;
  const width = <usize>outChannels << 2;
  for (let point = 0; point < points; point++) {
    const end = gradients + <usize>tiles * width;
    for (let i: usize = 0; i < depth; i += 16) {
      const to = sums + (i >> 2) * width;
      let o: usize = 0;
      for (; o + 16 < width; o += 32) addEight(values + i, gradients + o, end, to + o, depth, width);
      if (o < width) addFour(values + i, gradients + o, end, to + o, depth, width);
    }
    values += room * depth;
    gradients += room * width;
    sums += <usize>inChannels * width;
  }
}

/** Four channels × eight outputs. */
function addEight(v: usize, g: usize, end: usize, to: usize, depth: usize, width: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  while (g < end) {
    const g0 = v128.load(g);
    const g1 = v128.load(g, 16);
    const va = v128.load_splat<f32>(v);
    a0 = fma(va, g0, a0);
    a1 = fma(va, g1, a1);
    const vb = v128.load_splat<f32>(v, 4);
    b0 = fma(vb, g0, b0);
    b1 = fma(vb, g1, b1);
    const vc = v128.load_splat<f32>(v, 8);
    c0 = fma(vc, g0, c0);
    c1 = fma(vc, g1, c1);
    const vd = v128.load_splat<f32>(v, 12);
    d0 = fma(vd, g0, d0);
    d1 = fma(vd, g1, d1);
    g += width;
    v += depth;
  }
  addTwo(to, a0, a1);
  addTwo(to + width, b0, b1);
  addTwo(to + 2 * width, c0, c1);
  addTwo(to + 3 * width, d0, d1);
}

@inline
function addTwo(to: usize, v0: v128, v1: v128): void {
  v128.store(to, f32x4.add(v128.load(to), v0));
  v128.store(to, f32x4.add(v128.load(to, 16), v1), 16);
}

/** Four channels × four outputs. */
function addFour(v: usize, g: usize, end: usize, to: usize, depth: usize, width: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  while (g < end) {
    const g0 = v128.load(g);
    a = fma(v128.load_splat<f32>(v), g0, a);
    b = fma(v128.load_splat<f32>(v, 4), g0, b);
    c = fma(v128.load_splat<f32>(v, 8), g0, c);
    d = fma(v128.load_splat<f32>(v, 12), g0, d);
    g += width;
    v += depth;
  }
  v128.store(to, f32x4.add(v128.load(to), a));
  v128.store(to + width, f32x4.add(v128.load(to + width), b));
  v128.store(to + 2 * width, f32x4.add(v128.load(to + 2 * width), c));
  v128.store(to + 3 * width, f32x4.add(v128.load(to + 3 * width), d));
}
