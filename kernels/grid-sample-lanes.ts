// Bilinear sampling with channels in the lanes, for any padding outside the map. See src/graph/ops/grid-sample.ts.

import { addScalar, addVector, firstLanes, storeLanes, sum4 } from "./simd";

/** What lies outside the map, as numbered in src/graph/ops/grid-sample.ts. */
const ZEROS = 0;
const BORDER = 1;

/** Position and slope of the last `locate`. */
let place: f32 = 0;
let slope: f32 = 0;

/**
 * Position in pixels of a coordinate, moved into the map by the padding, in `place`; its derivative with respect to the
 * coordinate in `slope`. In PyTorch's order of operations.
 */
function locate(coordinate: f32, extent: i32, alignCorners: i32, padding: i32): void {
  const most = <f32>(extent - 1);
  let at: f32 = alignCorners ? ((coordinate + 1) / 2) * most : ((coordinate + 1) * <f32>extent - 1) / 2;
  let d: f32 = (alignCorners ? most : <f32>extent) / 2;
  if (padding > BORDER) {
    const low: f32 = alignCorners ? 0 : -0.5;
    const span: f32 = alignCorners ? most : <f32>extent;
    let distance = at - low;
    if (distance < 0) {
      distance = -distance;
      d = -d;
    }
    const flips = span > 0 ? floor<f32>(distance / span) : 0;
    const rest = span > 0 ? distance - flips * span : 0;
    // An odd number of reflections runs backwards.
    const isOdd = flips - 2 * floor<f32>(flips / 2) != 0;
    at = isOdd ? span - rest + low : rest + low;
    if (isOdd) d = -d;
  }
  if (padding != ZEROS) {
    // NaN becomes the first pixel, as in PyTorch on a processor.
    if (!(at > 0)) {
      at = 0;
      d = 0;
    } else if (at >= most) {
      at = most;
      d = 0;
    }
  }
  place = at;
  slope = d;
}

/** The floor; far positions and NaN, outside any map, become ±1e6. */
@inline
function floorWithin(value: f32): f32 {
  if (!(value > -1e6)) return -1e6;
  return value > 1e6 ? 1e6 : floor<f32>(value);
}

@inline
function isInside(row: i32, column: i32, rows: i32, columns: i32): bool {
  return <u32>row < <u32>rows && <u32>column < <u32>columns;
}

/** y[i] = Σ over the four pixels (u, v) around (py, px) of (1 − |py − u|) · (1 − |px − v|) · x[u, v, i] */
export function gridSampleLanesForward(
  x: usize,
  grid: usize,
  y: usize,
  positions: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  alignCorners: i32,
  padding: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  for (let position = 0; position < positions; position++) {
    locate(load<f32>(grid), inColumns, alignCorners, padding);
    const px = place;
    locate(load<f32>(grid, 4), inRows, alignCorners, padding);
    const py = place;
    grid += 8;
    const fx = floorWithin(px);
    const fy = floorWithin(py);
    const c = <i32>fx;
    const r = <i32>fy;
    const wx = px - fx;
    const wy = py - fy;
    const nw = f32x4.splat((1 - wx) * (1 - wy));
    const ne = f32x4.splat(wx * (1 - wy));
    const sw = f32x4.splat((1 - wx) * wy);
    const se = f32x4.splat(wx * wy);
    // 0, or NaN where a position is infinite or NaN.
    const start = f32x4.splat(px - px + (py - py));
    const hasNw = isInside(r, c, inRows, inColumns);
    const hasNe = isInside(r, c + 1, inRows, inColumns);
    const hasSw = isInside(r + 1, c, inRows, inColumns);
    const hasSe = isInside(r + 1, c + 1, inRows, inColumns);
    const at = x + <usize>(r * inColumns + c) * pixel;
    for (let i = 0; i < channels; i += 4) {
      const from = at + (<usize>i << 2);
      let value = start;
      if (hasNw) value = f32x4.add(value, f32x4.mul(nw, v128.load(from)));
      if (hasNe) value = f32x4.add(value, f32x4.mul(ne, v128.load(from + pixel)));
      if (hasSw) value = f32x4.add(value, f32x4.mul(sw, v128.load(from + line)));
      if (hasSe) value = f32x4.add(value, f32x4.mul(se, v128.load(from + line + pixel)));
      storeLanes(y + (<usize>i << 2), value, channels - i);
    }
    y += pixel;
  }
}

/** Gradients, see `gridSampleBackward` in grid-sample.ts; `gx` and `gGrid` may each be 0. */
export function gridSampleLanesBackward(
  x: usize,
  grid: usize,
  gy: usize,
  gx: usize,
  gGrid: usize,
  positions: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  alignCorners: i32,
  padding: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  const zero = f32x4.splat(0);
  for (let position = 0; position < positions; position++) {
    locate(load<f32>(grid), inColumns, alignCorners, padding);
    const px = place;
    const slopeX = slope;
    locate(load<f32>(grid, 4), inRows, alignCorners, padding);
    const py = place;
    const slopeY = slope;
    grid += 8;
    const fx = floorWithin(px);
    const fy = floorWithin(py);
    const c = <i32>fx;
    const r = <i32>fy;
    const wx = f32x4.splat(px - fx);
    const wy = f32x4.splat(py - fy);
    const ux = f32x4.splat(1 - (px - fx));
    const uy = f32x4.splat(1 - (py - fy));
    const hasNw = isInside(r, c, inRows, inColumns);
    const hasNe = isInside(r, c + 1, inRows, inColumns);
    const hasSw = isInside(r + 1, c, inRows, inColumns);
    const hasSe = isInside(r + 1, c + 1, inRows, inColumns);
    const offset = <usize>(r * inColumns + c) * pixel;
    let alongX = zero;
    let alongY = zero;
    for (let i = 0; i < channels; i += 4) {
      // Channels past the last one belong to the next position: they count as 0.
      const lanes = firstLanes(channels - i);
      const g = v128.and(v128.load(gy + (<usize>i << 2)), lanes);
      if (gGrid) {
        const from = x + offset + (<usize>i << 2);
        const nw = hasNw ? v128.load(from) : zero;
        const ne = hasNe ? v128.load(from + pixel) : zero;
        const sw = hasSw ? v128.load(from + line) : zero;
        const se = hasSe ? v128.load(from + line + pixel) : zero;
        const dx = f32x4.add(f32x4.mul(f32x4.sub(ne, nw), uy), f32x4.mul(f32x4.sub(se, sw), wy));
        const dy = f32x4.add(f32x4.mul(f32x4.sub(sw, nw), ux), f32x4.mul(f32x4.sub(se, ne), wx));
        alongX = f32x4.add(alongX, v128.and(f32x4.mul(g, dx), lanes));
        alongY = f32x4.add(alongY, v128.and(f32x4.mul(g, dy), lanes));
      }
      if (gx) {
        const to = gx + offset + (<usize>i << 2);
        if (hasNw) addVector(to, f32x4.mul(f32x4.mul(g, ux), uy));
        if (hasNe) addVector(to + pixel, f32x4.mul(f32x4.mul(g, wx), uy));
        if (hasSw) addVector(to + line, f32x4.mul(f32x4.mul(g, ux), wy));
        if (hasSe) addVector(to + line + pixel, f32x4.mul(f32x4.mul(g, wx), wy));
      }
    }
    if (gGrid) {
      const nan = px - px + (py - py);
      addScalar(gGrid, sum4(alongX) * slopeX + nan);
      addScalar(gGrid + 4, sum4(alongY) * slopeY + nan);
      gGrid += 8;
    }
    gy += pixel;
  }
}
