// Affine layers of a vector (rows of the weight along the lanes) and of every place of a map (output
// features along the lanes). Weight rows are padded with zeros to whole vectors; what lies past the end
// of a vector is anything, as plans share memory, and is masked away.

import { firstLanes, fma, storeLanes, sum4 } from "./simd";

/** y = w · x + b. Rows of `stride` values; x is readable as far. */
export function linearForward(
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  biasOffset: i32,
  stride: i32,
  outFeatures: i32,
  features: i32,
): void {
  const bytes = <usize>stride << 2;
  const whole = <usize>(features & ~3) << 2;
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
    for (let i: usize = 0; i < whole; i += 16) {
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
    for (let i: usize = 0; i < whole; i += 16) {
      sum = fma(v128.load(x + i), v128.load(weight + i), sum);
    }
    if (whole < bytes) sum = fma(tail, v128.load(weight + whole), sum);
    storeSum(y, sum, bias, biasOffset, o);
    weight += bytes;
  }
}

// @ts-ignore: decorator
@inline
function storeSum(y: usize, sum: v128, bias: usize, biasOffset: i32, o: i32): void {
  const b: f32 = bias ? load<f32>(bias + (<usize>(biasOffset + o) << 2)) : 0;
  store<f32>(y + (<usize>o << 2), sum4(sum) + b);
}

/** gw += g ⊗ x, gb += g, gx += wᵀ · g; rows with g = 0 cost nothing. */
export function linearBackward(
  x: usize,
  gy: usize,
  weight: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  biasOffset: i32,
  stride: i32,
  outFeatures: i32,
  features: i32,
): void {
  const bytes = <usize>stride << 2;
  const whole = <usize>(features & ~3) << 2;
  const mask = firstLanes(features & 3);
  for (let o = 0; o < outFeatures; o++) {
    const g = load<f32>(gy + (<usize>o << 2));
    if (g == 0) continue;
    if (gBias) {
      const at = gBias + (<usize>(biasOffset + o) << 2);
      store<f32>(at, load<f32>(at) + g);
    }
    const gv = f32x4.splat(g);
    const w = weight + <usize>o * bytes;
    const gw = gWeight + <usize>o * bytes;
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(gw + i, fma(gv, v128.load(x + i), v128.load(gw + i)));
    }
    // Padding of a weight row stays zero.
    if (whole < bytes) {
      const sum = fma(gv, v128.load(x + whole), v128.load(gw + whole));
      v128.store(gw + whole, v128.and(sum, mask));
    }
    if (gx) {
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(gx + i, fma(gv, v128.load(w + i), v128.load(gx + i)));
      }
    }
  }
}

/** Packs weight rows as [in][out], out padded with zeros to whole vectors. */
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

/** y = w · x + b at every place of a channels-last map. */
export function linearMapForward(
  x: usize,
  packed: usize,
  bias: usize,
  y: usize,
  biasOffset: i32,
  places: i32,
  features: i32,
  outFeatures: i32,
): void {
  const inBytes = <usize>features << 2;
  const outBytes = <usize>outFeatures << 2;
  const step = <usize>((outFeatures + 3) & ~3) << 2;
  for (let first = 0; first < outFeatures; first += 4) {
    const lanes = min(4, outFeatures - first);
    const start = biasLanes(bias, biasOffset + first, lanes);
    const column = packed + (<usize>first << 2);
    let place = 0;
    for (; place + 4 <= places; place += 4) {
      let a = x + <usize>place * inBytes;
      const end = a + inBytes;
      let w = column;
      let s0 = start;
      let s1 = start;
      let s2 = start;
      let s3 = start;
      while (a < end) {
        const v = v128.load(w);
        s0 = fma(v128.load_splat<f32>(a), v, s0);
        s1 = fma(v128.load_splat<f32>(a + inBytes), v, s1);
        s2 = fma(v128.load_splat<f32>(a + 2 * inBytes), v, s2);
        s3 = fma(v128.load_splat<f32>(a + 3 * inBytes), v, s3);
        a += 4;
        w += step;
      }
      const to = y + <usize>place * outBytes + (<usize>first << 2);
      storeLanes(to, s0, lanes);
      storeLanes(to + outBytes, s1, lanes);
      storeLanes(to + 2 * outBytes, s2, lanes);
      storeLanes(to + 3 * outBytes, s3, lanes);
    }
    for (; place < places; place++) {
      let sum = start;
      let w = column;
      const a = x + <usize>place * inBytes;
      for (let i: usize = 0; i < inBytes; i += 4) {
        sum = fma(v128.load_splat<f32>(a + i), v128.load(w), sum);
        w += step;
      }
      storeLanes(y + <usize>place * outBytes + (<usize>first << 2), sum, lanes);
    }
  }
}

function biasLanes(bias: usize, at: i32, lanes: i32): v128 {
  let v = f32x4.splat(0);
  if (!bias) return v;
  const from = bias + (<usize>at << 2);
  v = f32x4.replace_lane(v, 0, load<f32>(from));
  if (lanes > 1) v = f32x4.replace_lane(v, 1, load<f32>(from, 4));
  if (lanes > 2) v = f32x4.replace_lane(v, 2, load<f32>(from, 8));
  if (lanes > 3) v = f32x4.replace_lane(v, 3, load<f32>(from, 12));
  return v;
}

export function linearMapBackward(
  x: usize,
  gy: usize,
  weight: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  biasOffset: i32,
  places: i32,
  features: i32,
  outFeatures: i32,
  stride: i32,
): void {
  if (gBias) mapBiasGradient(gy, gBias + (<usize>biasOffset << 2), places, outFeatures);
  for (let o = 0; o < outFeatures; o += 4) {
    mapWeightGradient(x, gy, gWeight, places, features, outFeatures, stride, o);
  }
  if (gx) mapInputGradient(gy, weight, gx, places, features, outFeatures, stride);
}

/** gb[o] += Σ g[place, o]; lanes past the last feature sum what is not stored. */
function mapBiasGradient(gy: usize, gBias: usize, places: i32, outFeatures: i32): void {
  const outBytes = <usize>outFeatures << 2;
  const end = gy + <usize>places * outBytes;
  for (let o = 0; o < outFeatures; o += 4) {
    let sum = f32x4.splat(0);
    for (let g = gy + (<usize>o << 2); g < end; g += outBytes) sum = f32x4.add(sum, v128.load(g));
    const at = gBias + (<usize>o << 2);
    addLanes(at, sum, outFeatures - o);
  }
}

function addLanes(address: usize, v: v128, lanes: i32): void {
  store<f32>(address, load<f32>(address) + f32x4.extract_lane(v, 0));
  if (lanes > 1) store<f32>(address, load<f32>(address, 4) + f32x4.extract_lane(v, 1), 4);
  if (lanes > 2) store<f32>(address, load<f32>(address, 8) + f32x4.extract_lane(v, 2), 8);
  if (lanes > 3) store<f32>(address, load<f32>(address, 12) + f32x4.extract_lane(v, 3), 12);
}

/** gw[o, i] += Σ g[place, o] · x[place, i] for up to 4 rows from `first` on. */
function mapWeightGradient(
  x: usize,
  gy: usize,
  gWeight: usize,
  places: i32,
  features: i32,
  outFeatures: i32,
  stride: i32,
  first: i32,
): void {
  const inBytes = <usize>features << 2;
  const outBytes = <usize>outFeatures << 2;
  const rows = min(4, outFeatures - first);
  // Rows past the last repeat it and are not stored.
  const o1 = <usize>min(1, rows - 1) << 2;
  const o2 = <usize>min(2, rows - 1) << 2;
  const o3 = <usize>min(3, rows - 1) << 2;
  for (let i = 0; i < features; i += 4) {
    const mask = firstLanes(features - i);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let a = x + (<usize>i << 2);
    let g = gy + (<usize>first << 2);
    for (let place = 0; place < places; place++) {
      const v = v128.load(a);
      s0 = fma(v128.load_splat<f32>(g), v, s0);
      s1 = fma(v128.load_splat<f32>(g + o1), v, s1);
      s2 = fma(v128.load_splat<f32>(g + o2), v, s2);
      s3 = fma(v128.load_splat<f32>(g + o3), v, s3);
      a += inBytes;
      g += outBytes;
    }
    const bytes = <usize>stride << 2;
    const to = gWeight + <usize>first * bytes + (<usize>i << 2);
    addVector(to, v128.and(s0, mask));
    if (rows > 1) addVector(to + bytes, v128.and(s1, mask));
    if (rows > 2) addVector(to + 2 * bytes, v128.and(s2, mask));
    if (rows > 3) addVector(to + 3 * bytes, v128.and(s3, mask));
  }
}

// @ts-ignore: decorator
@inline
function addVector(address: usize, v: v128): void {
  v128.store(address, f32x4.add(v128.load(address), v));
}

/** gx[place, i] += Σ g[place, o] · w[o, i]; the weight's zero padding leaves the next place as it is. */
function mapInputGradient(
  gy: usize,
  weight: usize,
  gx: usize,
  places: i32,
  features: i32,
  outFeatures: i32,
  stride: i32,
): void {
  const inBytes = <usize>features << 2;
  const outBytes = <usize>outFeatures << 2;
  const bytes = <usize>stride << 2;
  for (let place = 0; place < places; place++) {
    const end = gy + outBytes;
    for (let i: usize = 0; i < inBytes; i += 16) {
      let sum = f32x4.splat(0);
      let w = weight + i;
      for (let g = gy; g < end; g += 4) {
        sum = fma(v128.load_splat<f32>(g), v128.load(w), sum);
        w += bytes;
      }
      addVector(gx + i, sum);
    }
    gy = end;
    gx += inBytes;
  }
}
