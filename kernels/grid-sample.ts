// Bilinear sampling with zeros outside the map, as `torch.nn.functional.grid_sample`. Grids are [row][column][x, y]. Of
// a one-channel image four positions are sampled at once, from a copy of the image with a margin of zeros, so that no
// neighbour is a special case.

import { addScalar, evenLanes, highLanes, lowLanes, oddLanes } from "./simd";

/** Position in pixels of a coordinate in −1..1, in PyTorch's order of operations. */
@inline
function pixelPosition(coordinate: f32, extent: i32, alignCorners: i32): f32 {
  if (alignCorners) return ((coordinate + 1) / 2) * <f32>(extent - 1);
  return ((coordinate + 1) * <f32>extent - 1) / 2;
}

/** 0, or NaN where a position is infinite or NaN: then PyTorch's weights are NaN, outside the map too. */
@inline
function nanUnlessFinite(px: f32, py: f32): f32 {
  return px - px + (py - py);
}

/** The floor. Far positions and NaN, all outside the map, become ±1e6, which an i32 can hold. */
@inline
function floorWithin(value: f32): f32 {
  if (!(value > -1e6)) return -1e6;
  return value > 1e6 ? 1e6 : floor<f32>(value);
}

@inline
function isInside(row: i32, column: i32, rows: i32, columns: i32): bool {
  return <u32>row < <u32>rows && <u32>column < <u32>columns;
}

/** Width of the margin of zeros. Positions further out are moved into it. */
const MARGIN = 2;

/**
 * y[i] = Σ over the four pixels (u, v) around (py, px) of (1 − |py − u|) · (1 − |px − v|) · x[u, v, i]
 *
 * For a one-channel image, `margined` takes its copy with a margin of zeros, and `flat` one byte per four positions,
 * one bit per position: see `sampleFour`.
 */
export function gridSampleForward(
  x: usize,
  grid: usize,
  y: usize,
  margined: usize,
  flat: usize,
  positions: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  alignCorners: i32,
): void {
  let position = 0;
  if (channels == 1) {
    copyWithMargin(margined, x, inRows, inColumns);
    for (; position + 4 <= positions; position += 4) {
      sampleFour(margined, grid, y, flat, inRows, inColumns, alignCorners);
      grid += 32;
      y += 16;
      flat++;
    }
  }
  sample(x, grid, y, positions - position, inRows, inColumns, channels, alignCorners);
}

function copyWithMargin(to: usize, x: usize, rows: i32, columns: i32): void {
  const line = <usize>columns << 2;
  const sides = 2 * MARGIN << 2;
  memory.fill(to, 0, MARGIN * (line + sides));
  to += MARGIN * (line + sides);
  for (let r = 0; r < rows; r++) {
    store<u64>(to, 0);
    to += MARGIN << 2;
    // Copies up to three values too many, which the margin and the next row overwrite.
    for (let i: usize = 0; i < line; i += 16) v128.store(to + i, v128.load(x + i));
    to += line;
    store<u64>(to, 0);
    to += MARGIN << 2;
    x += line;
  }
  memory.fill(to, 0, MARGIN * (line + sides));
}

/** Position by position, any number of channels. */
function sample(
  x: usize,
  grid: usize,
  y: usize,
  positions: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  alignCorners: i32,
): void {
  for (let position = 0; position < positions; position++) {
    const px = pixelPosition(load<f32>(grid), inColumns, alignCorners);
    const py = pixelPosition(load<f32>(grid, 4), inRows, alignCorners);
    grid += 8;
    const fx = floorWithin(px);
    const fy = floorWithin(py);
    const c = <i32>fx;
    const r = <i32>fy;
    const wx = px - fx;
    const wy = py - fy;
    const at = r * inColumns + c;
    const start = nanUnlessFinite(px, py);
    const hasNw = isInside(r, c, inRows, inColumns);
    const hasNe = isInside(r, c + 1, inRows, inColumns);
    const hasSw = isInside(r + 1, c, inRows, inColumns);
    const hasSe = isInside(r + 1, c + 1, inRows, inColumns);
    for (let i = 0; i < channels; i++) {
      let value = start;
      if (hasNw) value += (1 - wx) * (1 - wy) * pixel(x, at, channels, i);
      if (hasNe) value += wx * (1 - wy) * pixel(x, at + 1, channels, i);
      if (hasSw) value += (1 - wx) * wy * pixel(x, at + inColumns, channels, i);
      if (hasSe) value += wx * wy * pixel(x, at + inColumns + 1, channels, i);
      store<f32>(y, value);
      y += 4;
    }
  }
}

@inline
function pixelAddress(x: usize, at: i32, channels: i32, i: i32): usize {
  return x + (<usize>(at * channels + i) << 2);
}

@inline
function pixel(x: usize, at: i32, channels: i32, i: i32): f32 {
  return load<f32>(pixelAddress(x, at, channels, i));
}

/**
 * With wx = px − ⌊px⌋, wy = py − ⌊py⌋ and the four pixels nw, ne, sw, se around the position:
 *
 *   gx[nw] += g · (1 − wx) · (1 − wy), and alike for the others,
 *   gpx = Σ g · ((ne − nw) · (1 − wy) + (se − sw) · wy),   gpy = Σ g · ((sw − nw) · (1 − wx) + (se − ne) · wx),
 *   gGrid += (gpx · dpx/dgrid, gpy · dpy/dgrid)
 *
 * `gx` and `gGrid` may each be 0.
 */
export function gridSampleBackward(
  x: usize,
  grid: usize,
  margined: usize,
  flat: usize,
  gy: usize,
  gx: usize,
  gGrid: usize,
  positions: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  alignCorners: i32,
): void {
  let position = 0;
  if (channels == 1 && !gx) {
    for (; position + 4 <= positions; position += 4) {
      // Between equal pixels the gradient with respect to the grid is 0.
      if (load<u8>(flat + <usize>(position >> 2)) != ALL_FOUR) {
        gridGradientOfFour(margined, grid, gy, gGrid, inRows, inColumns, alignCorners);
      }
      grid += 32;
      gy += 16;
      gGrid += 32;
    }
  }
  sampleBackward(x, grid, gy, gx, gGrid, positions - position, inRows, inColumns, channels, alignCorners);
}

/** Position by position, any number of channels. */
function sampleBackward(
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
): void {
  const scaleX = <f32>(alignCorners ? inColumns - 1 : inColumns) / 2;
  const scaleY = <f32>(alignCorners ? inRows - 1 : inRows) / 2;
  for (let position = 0; position < positions; position++) {
    const px = pixelPosition(load<f32>(grid), inColumns, alignCorners);
    const py = pixelPosition(load<f32>(grid, 4), inRows, alignCorners);
    const fx = floorWithin(px);
    const fy = floorWithin(py);
    const c = <i32>fx;
    const r = <i32>fy;
    const wx = px - fx;
    const wy = py - fy;
    const at = r * inColumns + c;
    const hasNw = isInside(r, c, inRows, inColumns);
    const hasNe = isInside(r, c + 1, inRows, inColumns);
    const hasSw = isInside(r + 1, c, inRows, inColumns);
    const hasSe = isInside(r + 1, c + 1, inRows, inColumns);
    if (!(hasNw || hasNe || hasSw || hasSe)) {
      // Finite positions outside the map have no gradient, others NaN, as their values.
      gy += <usize>channels << 2;
      grid += 8;
      if (gGrid) {
        const gradient = nanUnlessFinite(px, py);
        addScalar(gGrid, gradient);
        addScalar(gGrid + 4, gradient);
        gGrid += 8;
      }
      continue;
    }
    let gpx: f32 = 0;
    let gpy: f32 = 0;
    for (let i = 0; i < channels; i++) {
      const g = load<f32>(gy);
      gy += 4;
      const nw: f32 = hasNw ? pixel(x, at, channels, i) : 0;
      const ne: f32 = hasNe ? pixel(x, at + 1, channels, i) : 0;
      const sw: f32 = hasSw ? pixel(x, at + inColumns, channels, i) : 0;
      const se: f32 = hasSe ? pixel(x, at + inColumns + 1, channels, i) : 0;
      gpx += g * ((ne - nw) * (1 - wy) + (se - sw) * wy);
      gpy += g * ((sw - nw) * (1 - wx) + (se - ne) * wx);
      if (gx) {
        if (hasNw) addScalar(pixelAddress(gx, at, channels, i), g * (1 - wx) * (1 - wy));
        if (hasNe) addScalar(pixelAddress(gx, at + 1, channels, i), g * wx * (1 - wy));
        if (hasSw) addScalar(pixelAddress(gx, at + inColumns, channels, i), g * (1 - wx) * wy);
        if (hasSe) addScalar(pixelAddress(gx, at + inColumns + 1, channels, i), g * wx * wy);
      }
    }
    if (gGrid) {
      addScalar(gGrid, gpx * scaleX);
      addScalar(gGrid + 4, gpy * scaleY);
      gGrid += 8;
    }
    grid += 8;
  }
}

/** The bits of four positions. */
const ALL_FOUR = 15;

/** 1, ½ and −`MARGIN`, in memory: V8 would build literals again in every iteration. */
const CONSTANTS = memory.data<f32>([1, 0.5, -2]);

@inline
function ones(): v128 {
  return v128.load_splat<f32>(CONSTANTS);
}

/** `pixelPosition` of four coordinates. */
@inline
function pixelPositions(coordinates: v128, extent: i32, alignCorners: i32): v128 {
  const half = v128.load_splat<f32>(CONSTANTS, 4);
  const shifted = f32x4.add(coordinates, ones());
  if (alignCorners) return f32x4.mul(f32x4.mul(shifted, half), f32x4.splat(<f32>(extent - 1)));
  return f32x4.mul(f32x4.sub(f32x4.mul(shifted, f32x4.splat(<f32>extent)), ones()), half);
}

/** All ones, which is NaN, in the lanes whose positions are infinite or NaN; else zeros. */
@inline
function notFinite(px: v128, py: v128): v128 {
  const zeros = f32x4.add(f32x4.sub(px, px), f32x4.sub(py, py));
  return f32x4.ne(zeros, zeros);
}

/** Moves what is outside, or NaN, to where all four neighbours are zeros of the margin. */
@inline
function withinMargin(positions: v128, extent: i32): v128 {
  const low = v128.load_splat<f32>(CONSTANTS, 8);
  return f32x4.pmin(f32x4.splat(<f32>extent), f32x4.pmax(low, positions));
}

/** Address of the first pixel of an image of this width, inside its margin. */
@inline
function inMargin(margined: usize, columns: i32): usize {
  return margined + (<usize>(MARGIN * (columns + 2 * MARGIN) + MARGIN) << 2);
}

/** Two neighbours in a row, for two positions. */
@inline
function pairs(x: usize, first: i32, second: i32): v128 {
  const v = v128.load64_zero(x + (<usize>first << 2));
  return v128.load_lane<i64>(x + (<usize>second << 2), v, 1);
}

/** Pairs of the first two positions. */
@inline
function firstPairs(x: usize, at: v128): v128 {
  return pairs(x, i32x4.extract_lane(at, 0), i32x4.extract_lane(at, 1));
}

/** Pairs of the last two positions. */
@inline
function lastPairs(x: usize, at: v128): v128 {
  return pairs(x, i32x4.extract_lane(at, 2), i32x4.extract_lane(at, 3));
}

/** Samples four positions. Their bits in `flat` are 1 where the four neighbours of a position are equal. */
function sampleFour(
  margined: usize,
  grid: usize,
  y: usize,
  flat: usize,
  inRows: i32,
  inColumns: i32,
  alignCorners: i32,
): void {
  const a = v128.load(grid);
  const b = v128.load(grid, 16);
  const x0 = pixelPositions(evenLanes(a, b), inColumns, alignCorners);
  const y0 = pixelPositions(oddLanes(a, b), inRows, alignCorners);
  const nan = notFinite(x0, y0);
  const px = withinMargin(x0, inColumns);
  const py = withinMargin(y0, inRows);
  const fx = f32x4.floor(px);
  const fy = f32x4.floor(py);
  const line = inColumns + 2 * MARGIN;
  const at = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(fy, f32x4.splat(<f32>line)), fx));
  const x = inMargin(margined, inColumns);
  const below = x + (<usize>line << 2);
  const topA = firstPairs(x, at);
  const topB = lastPairs(x, at);
  const bottomA = firstPairs(below, at);
  const bottomB = lastPairs(below, at);
  const wx = f32x4.sub(px, fx);
  const wy = f32x4.sub(py, fy);
  const ux = f32x4.sub(ones(), wx);
  const uy = f32x4.sub(ones(), wy);
  const nw = evenLanes(topA, topB);
  const ne = oddLanes(topA, topB);
  const sw = evenLanes(bottomA, bottomB);
  const se = oddLanes(bottomA, bottomB);
  let value = f32x4.mul(f32x4.mul(ux, uy), nw);
  value = f32x4.add(value, f32x4.mul(f32x4.mul(wx, uy), ne));
  value = f32x4.add(value, f32x4.mul(f32x4.mul(ux, wy), sw));
  value = f32x4.add(value, f32x4.mul(f32x4.mul(wx, wy), se));
  const equal = v128.and(f32x4.eq(nw, ne), v128.and(f32x4.eq(sw, se), f32x4.eq(nw, sw)));
  // Between equal pixels the result is their value to the last bit, although the sum of the weights is rounded. Without
  // bitselect: with it, V8's code for this function takes half as long again.
  v128.store(y, v128.or(v128.or(v128.and(nw, equal), v128.andnot(value, equal)), nan));
  store<u8>(flat, i32x4.bitmask(v128.andnot(equal, nan)));
}

/** gGrid of four positions of a one-channel image. */
function gridGradientOfFour(
  margined: usize,
  grid: usize,
  gy: usize,
  gGrid: usize,
  inRows: i32,
  inColumns: i32,
  alignCorners: i32,
): void {
  const a = v128.load(grid);
  const b = v128.load(grid, 16);
  const x0 = pixelPositions(evenLanes(a, b), inColumns, alignCorners);
  const y0 = pixelPositions(oddLanes(a, b), inRows, alignCorners);
  const nan = notFinite(x0, y0);
  const px = withinMargin(x0, inColumns);
  const py = withinMargin(y0, inRows);
  const fx = f32x4.floor(px);
  const fy = f32x4.floor(py);
  const line = inColumns + 2 * MARGIN;
  const at = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(fy, f32x4.splat(<f32>line)), fx));
  const x = inMargin(margined, inColumns);
  const below = x + (<usize>line << 2);
  const topA = firstPairs(x, at);
  const topB = lastPairs(x, at);
  const bottomA = firstPairs(below, at);
  const bottomB = lastPairs(below, at);
  const nw = evenLanes(topA, topB);
  const ne = oddLanes(topA, topB);
  const sw = evenLanes(bottomA, bottomB);
  const se = oddLanes(bottomA, bottomB);
  const wx = f32x4.sub(px, fx);
  const wy = f32x4.sub(py, fy);
  const ux = f32x4.sub(ones(), wx);
  const uy = f32x4.sub(ones(), wy);
  const g = v128.load(gy);
  const alongX = f32x4.add(f32x4.mul(f32x4.sub(ne, nw), uy), f32x4.mul(f32x4.sub(se, sw), wy));
  const alongY = f32x4.add(f32x4.mul(f32x4.sub(sw, nw), ux), f32x4.mul(f32x4.sub(se, ne), wx));
  const scaleX = <f32>(alignCorners ? inColumns - 1 : inColumns) / 2;
  const scaleY = <f32>(alignCorners ? inRows - 1 : inRows) / 2;
  const gpx = f32x4.mul(f32x4.mul(g, alongX), f32x4.splat(scaleX));
  const gpy = f32x4.mul(f32x4.mul(g, alongY), f32x4.splat(scaleY));
  const first = lowLanes(v128.or(gpx, nan), v128.or(gpy, nan));
  const second = highLanes(v128.or(gpx, nan), v128.or(gpy, nan));
  v128.store(gGrid, f32x4.add(v128.load(gGrid), first));
  v128.store(gGrid, f32x4.add(v128.load(gGrid, 16), second), 16);
}
