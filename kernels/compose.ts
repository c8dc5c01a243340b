// Two linear layers in a row as one: w = outer · inner, b = outer · innerBias + outerBias. Rows of weights are padded
// with zeros to whole vectors.

import { SHARDS } from "../src/engine/control";
import { addScalar, addVector, fma, sum4 } from "./simd";

@inline
function rowBytes(values: i32): usize {
  return <usize>((values + 3) & ~3) << 2;
}

/** Computes w and b. Each of `bias`, `outerBias` and `innerBias` may be 0; if `bias` is, so are the others. */
export function linearCompose(
  weight: usize,
  bias: usize,
  outer: usize,
  outerBias: usize,
  inner: usize,
  innerBias: usize,
  outerOffset: i32,
  innerOffset: i32,
  features: i32,
  middle: i32,
  outFeatures: i32,
): void {
  const bytes = rowBytes(features);
  const innerBiases = innerBias ? innerBias + (<usize>innerOffset << 2) : 0;
  for (let o: usize = 0; o < <usize>outFeatures; o++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(weight + i, weightedRows(outer, 4, inner + i, bytes, middle));
    }
    if (bias) {
      let sum: f32 = outerBias ? load<f32>(outerBias + ((<usize>outerOffset + o) << 2)) : 0;
      if (innerBiases) sum += weightedSum(outer, 4, innerBiases, middle);
      store<f32>(bias + (o << 2), sum);
    }
    outer += rowBytes(middle);
    weight += bytes;
  }
}

/** Σ_r factors[r] · rows[r], for one vector of `count` rows. */
function weightedRows(factors: usize, factorBytes: usize, rows: usize, bytes: usize, count: i32): v128 {
  let sum = f32x4.splat(0);
  for (let r = 0; r < count; r++) {
    sum = fma(v128.load_splat<f32>(factors), v128.load(rows), sum);
    factors += factorBytes;
    rows += bytes;
  }
  return sum;
}

/** Σ_r factors[r] · values[r] */
function weightedSum(factors: usize, factorBytes: usize, values: usize, count: i32): f32 {
  let sum: f32 = 0;
  for (let r = 0; r < count; r++) {
    sum += load<f32>(factors) * load<f32>(values);
    factors += factorBytes;
    values += 4;
  }
  return sum;
}

/**
 * The gradients of both layers from those of w and b:
 *
 *   gOuter += gw · innerᵀ + gb ⊗ innerBias,   gInner += outerᵀ · gw,   gOuterBias += gb,   gInnerBias += outerᵀ · gb
 *
 * Pointers to gradients are those of the first shard; gw and gb are first summed over all shards.
 */
export function linearComposeBackward(
  gWeight: usize,
  gBias: usize,
  outer: usize,
  inner: usize,
  innerBias: usize,
  gOuter: usize,
  gOuterBias: usize,
  gInner: usize,
  gInnerBias: usize,
  outerOffset: i32,
  innerOffset: i32,
  features: i32,
  middle: i32,
  outFeatures: i32,
  shardBytes: usize,
): void {
  const bytes = rowBytes(features);
  const innerBiases = innerBias ? innerBias + (<usize>innerOffset << 2) : 0;
  sumShards(gWeight, <usize>outFeatures * bytes, shardBytes);
  if (gBias) sumShards(gBias, rowBytes(outFeatures), shardBytes);
  addOuterGradient(gOuter, gWeight, inner, bytes, middle, outFeatures);
  for (let o = 0; innerBiases && o < outFeatures; o++) {
    const g = load<f32>(gBias + (<usize>o << 2));
    const row = gOuter + <usize>o * rowBytes(middle);
    for (let m: usize = 0; m < <usize>middle << 2; m += 4) {
      addScalar(row + m, g * load<f32>(innerBiases + m));
    }
  }
  for (let o: usize = 0; gOuterBias && o < <usize>outFeatures; o++) {
    addScalar(gOuterBias + ((<usize>outerOffset + o) << 2), load<f32>(gBias + (o << 2)));
  }
  for (let m: usize = 0; m < <usize>middle; m++) {
    const column = outer + (m << 2);
    for (let i: usize = 0; i < bytes; i += 16) {
      const sum = weightedRows(column, rowBytes(middle), gWeight + i, bytes, outFeatures);
      addVector(gInner + m * bytes + i, sum);
    }
    if (gInnerBias) {
      const sum = weightedSum(column, rowBytes(middle), gBias, outFeatures);
      addScalar(gInnerBias + ((<usize>innerOffset + m) << 2), sum);
    }
  }
}

/** Adds the other shards' values to the first shard's, in the order of the shards. */
function sumShards(first: usize, bytes: usize, shardBytes: usize): void {
  for (let at = first; at < first + bytes; at += 16) {
    let sum = v128.load(at);
    for (let shard: usize = 1; shard < <usize>SHARDS; shard++) {
      sum = f32x4.add(sum, v128.load(at + shard * shardBytes));
    }
    v128.store(at, sum);
  }
}

/** gOuter[o, m] += Σ_i gw[o, i] · inner[m, i] */
function addOuterGradient(
  gOuter: usize,
  gWeight: usize,
  inner: usize,
  bytes: usize,
  middle: i32,
  outFeatures: i32,
): void {
  for (let o = 0; o < outFeatures; o++) {
    for (let m: usize = 0; m < <usize>middle; m++) {
      let sum = f32x4.splat(0);
      for (let i: usize = 0; i < bytes; i += 16) {
        sum = fma(v128.load(gWeight + i), v128.load(inner + m * bytes + i), sum);
      }
      addScalar(gOuter + (m << 2), sum4(sum));
    }
    gOuter += rowBytes(middle);
    gWeight += bytes;
  }
}
