// Coordinates, affine grids and bilinear sampling. Grids are [row][column][x, y].

/** −1 at the first, 1 at the last. */
// @ts-ignore: decorator
@inline
function inclusive(i: i32, extent: i32): f32 {
  return extent == 1 ? -1 : (<f32>2 * <f32>i) / <f32>(extent - 1) - 1;
}

export function addCoordsForward(
  x: usize,
  y: usize,
  rows: i32,
  columns: i32,
  channels: i32,
): void {
  const pixel = <usize>channels << 2;
  for (let r = 0; r < rows; r++) {
    const row = inclusive(r, rows);
    for (let c = 0; c < columns; c++) {
      for (let i: usize = 0; i < pixel; i += 4) store<f32>(y + i, load<f32>(x + i));
      x += pixel;
      y += pixel;
      store<f32>(y, row);
      store<f32>(y, inclusive(c, columns), 4);
      y += 8;
    }
  }
}

export function addCoordsBackward(gy: usize, gx: usize, places: i32, channels: i32): void {
  const pixel = <usize>channels << 2;
  for (let place = 0; place < places; place++) {
    for (let i: usize = 0; i < pixel; i += 4) {
      store<f32>(gx + i, load<f32>(gx + i) + load<f32>(gy + i));
    }
    gx += pixel;
    gy += pixel + 8;
  }
}

/**
 * Coordinate of a pixel's centre, in PyTorch's order of operations: steps from both ends of −1..1 to
 * the middle, then, without `alignCorners`, × (extent − 1) / extent.
 */
// @ts-ignore: decorator
@inline
function centre(i: i32, extent: i32, alignCorners: i32): f32 {
  if (extent == 1) return 0;
  const step = <f32>2 / <f32>(extent - 1);
  const x: f32 = i < extent / 2 ? step * <f32>i - 1 : 1 - step * <f32>(extent - 1 - i);
  return alignCorners ? x : (x * <f32>(extent - 1)) / <f32>extent;
}

/**
 * t0 · x + t1 · y + t2 as PyTorch's matrix product rounds it, its second term fused: one more rounding
 * would move points across pixel borders, where the gradient jumps. Float64 holds the product exactly.
 */
// @ts-ignore: decorator
@inline
function affine(t0: f32, x: f32, t1: f32, y: f32, t2: f32): f32 {
  return <f32>(<f64>t1 * <f64>y + <f64>(t0 * x)) + t2;
}

export function affineGridForward(
  theta: usize,
  grid: usize,
  rows: i32,
  columns: i32,
  alignCorners: i32,
): void {
  const t0 = load<f32>(theta);
  const t1 = load<f32>(theta, 4);
  const t2 = load<f32>(theta, 8);
  const t3 = load<f32>(theta, 12);
  const t4 = load<f32>(theta, 16);
  const t5 = load<f32>(theta, 20);
  for (let r = 0; r < rows; r++) {
    const y = centre(r, rows, alignCorners);
    for (let c = 0; c < columns; c++) {
      const x = centre(c, columns, alignCorners);
      store<f32>(grid, affine(t0, x, t1, y, t2));
      store<f32>(grid, affine(t3, x, t4, y, t5), 4);
      grid += 8;
    }
  }
}

export function affineGridBackward(
  gGrid: usize,
  gTheta: usize,
  rows: i32,
  columns: i32,
  alignCorners: i32,
): void {
  let d0: f32 = 0;
  let d1: f32 = 0;
  let d2: f32 = 0;
  let d3: f32 = 0;
  let d4: f32 = 0;
  let d5: f32 = 0;
  for (let r = 0; r < rows; r++) {
    const y = centre(r, rows, alignCorners);
    for (let c = 0; c < columns; c++) {
      const x = centre(c, columns, alignCorners);
      const gx = load<f32>(gGrid);
      const gy = load<f32>(gGrid, 4);
      d0 += gx * x;
      d1 += gx * y;
      d2 += gx;
      d3 += gy * x;
      d4 += gy * y;
      d5 += gy;
      gGrid += 8;
    }
  }
  addTo(gTheta, d0);
  addTo(gTheta + 4, d1);
  addTo(gTheta + 8, d2);
  addTo(gTheta + 12, d3);
  addTo(gTheta + 16, d4);
  addTo(gTheta + 20, d5);
}

// @ts-ignore: decorator
@inline
function addTo(address: usize, value: f32): void {
  store<f32>(address, load<f32>(address) + value);
}

/** Pixel position of a coordinate, in PyTorch's order of operations. */
// @ts-ignore: decorator
@inline
function position(coordinate: f32, extent: i32, alignCorners: i32): f32 {
  if (alignCorners) return ((coordinate + 1) / 2) * <f32>(extent - 1);
  return ((coordinate + 1) * <f32>extent - 1) / 2;
}

/** Keeps far positions (and NaN) within what an i32 holds; all of them are outside the map. */
// @ts-ignore: decorator
@inline
function floorWithin(value: f32): f32 {
  if (!(value > -1e6)) return -1e6;
  return value > 1e6 ? 1e6 : floor<f32>(value);
}

// @ts-ignore: decorator
@inline
function isInside(row: i32, column: i32, rows: i32, columns: i32): bool {
  return <u32>row < <u32>rows && <u32>column < <u32>columns;
}

export function gridSampleForward(
  x: usize,
  grid: usize,
  y: usize,
  places: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  alignCorners: i32,
): void {
  for (let place = 0; place < places; place++) {
    const px = position(load<f32>(grid), inColumns, alignCorners);
    const py = position(load<f32>(grid, 4), inRows, alignCorners);
    grid += 8;
    const fx = floorWithin(px);
    const fy = floorWithin(py);
    const c = <i32>fx;
    const r = <i32>fy;
    const wx = px - fx;
    const wy = py - fy;
    const at = r * inColumns + c;
    const nw: f32 = isInside(r, c, inRows, inColumns) ? (1 - wx) * (1 - wy) : 0;
    const ne: f32 = isInside(r, c + 1, inRows, inColumns) ? wx * (1 - wy) : 0;
    const sw: f32 = isInside(r + 1, c, inRows, inColumns) ? (1 - wx) * wy : 0;
    const se: f32 = isInside(r + 1, c + 1, inRows, inColumns) ? wx * wy : 0;
    for (let i = 0; i < channels; i++) {
      let value: f32 = 0;
      if (nw != 0) value += nw * pixel(x, at, channels, i);
      if (ne != 0) value += ne * pixel(x, at + 1, channels, i);
      if (sw != 0) value += sw * pixel(x, at + inColumns, channels, i);
      if (se != 0) value += se * pixel(x, at + inColumns + 1, channels, i);
      store<f32>(y, value);
      y += 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function pixelAddress(x: usize, at: i32, channels: i32, i: i32): usize {
  return x + (<usize>(at * channels + i) << 2);
}

// @ts-ignore: decorator
@inline
function pixel(x: usize, at: i32, channels: i32, i: i32): f32 {
  return load<f32>(pixelAddress(x, at, channels, i));
}

/** `gx` and `gGrid` may each be 0. */
export function gridSampleBackward(
  x: usize,
  grid: usize,
  gy: usize,
  gx: usize,
  gGrid: usize,
  places: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  alignCorners: i32,
): void {
  const scaleX = <f32>(alignCorners ? inColumns - 1 : inColumns) / 2;
  const scaleY = <f32>(alignCorners ? inRows - 1 : inRows) / 2;
  for (let place = 0; place < places; place++) {
    const px = position(load<f32>(grid), inColumns, alignCorners);
    const py = position(load<f32>(grid, 4), inRows, alignCorners);
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
      // Distances may be infinite or NaN here: 0 times them is no gradient.
      gy += <usize>channels << 2;
      grid += 8;
      if (gGrid) gGrid += 8;
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
        if (hasNw) addTo(pixelAddress(gx, at, channels, i), g * (1 - wx) * (1 - wy));
        if (hasNe) addTo(pixelAddress(gx, at + 1, channels, i), g * wx * (1 - wy));
        if (hasSw) addTo(pixelAddress(gx, at + inColumns, channels, i), g * (1 - wx) * wy);
        if (hasSe) addTo(pixelAddress(gx, at + inColumns + 1, channels, i), g * wx * wy);
      }
    }
    if (gGrid) {
      addTo(gGrid, gpx * scaleX);
      addTo(gGrid + 4, gpy * scaleY);
      gGrid += 8;
    }
    grid += 8;
  }
}
