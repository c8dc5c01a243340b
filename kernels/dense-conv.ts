// Convolution of one channels-last image with any kernel, stride, dilation and groups, on a map that is padded already.
// All products are computed: none is skipped for a zero. Results may lie apart, as those of a stride's gradient do.
//
// The inputs of a position's sum lie in *runs* of neighbouring values: one run per kernel row where columns are not
// dilated and there is one group, else one per tap. A table has two byte offsets per run: that of its first input from
// the position's corner, and that of its first weight in the kernel of an output channel.
//
// Lanes hold output channels. A block of 8 channels × 4 positions has 8 sums: as many as keep both multiply-add units
// busy, since each sum waits 4 cycles for the one before.

import { laneBias } from "./conv";
import { ended, storeFour } from "./ending";
import { firstLanes, fma, storeLanes } from "./simd";

/** Bytes of a run's entry in the table. */
const RUN: usize = 8;

/**
 * Writes the table of runs: `columns` runs in each of `rows` rows of taps. In bytes: where the first run lies in the
 * input and in the weight, and the steps from one row or column to the next, which may be negative in the weight.
 */
export function convRuns(
  runs: usize,
  rows: i32,
  columns: i32,
  first: i32,
  rowStep: i32,
  columnStep: i32,
  weightFirst: i32,
  weightRowStep: i32,
  weightColumnStep: i32,
): void {
  for (let u = 0; u < rows; u++) {
    for (let v = 0; v < columns; v++) {
      store<i32>(runs, first + u * rowStep + v * columnStep);
      store<i32>(runs, weightFirst + u * weightRowStep + v * weightColumnStep, 4);
      runs += RUN;
    }
  }
}

/**
 * Packs weights for the gradient with respect to the input, which is a convolution of the result's gradient: in blocks
 * of input channels, as [tap][output channel][channel of the block], with zeros past the last channel.
 *
 * `first` is the number of values of a kernel before the first tap; the steps, from one row or column of taps to the
 * next, are negative, as the last tap reads the first value of the result's gradient. `kernelStep` is the number of
 * values from one output channel's kernel to the next.
 */
export function convPackFlipped(
  packed: usize,
  weight: usize,
  inChannels: i32,
  outChannels: i32,
  rows: i32,
  columns: i32,
  first: i32,
  rowStep: i32,
  columnStep: i32,
  kernelStep: i32,
): void {
  const kernelBytes = <usize>kernelStep << 2;
  for (let channel = 0; channel < inChannels; channel += 8) {
    const left = inChannels - channel;
    const low = firstLanes(left);
    const high = firstLanes(left - 4);
    for (let u = 0; u < rows; u++) {
      for (let v = 0; v < columns; v++) {
        let w = weight + (<usize>(first + u * rowStep + v * columnStep + channel) << 2);
        for (let o = 0; o < outChannels; o++) {
          v128.store(packed, v128.and(v128.load(w), low));
          packed += 16;
          if (left > 4) {
            v128.store(packed, v128.and(v128.load(w, 16), high));
            packed += 16;
          }
          w += kernelBytes;
        }
      }
    }
  }
}

/**
 * y[r, c, o] = bias[o] + Σ over runs of x at position (r, c) · w[o], stored as `ending` says.
 *
 * `rowStep` and `columnStep` are the bytes of x from one position to the next. `first`, `pixel` and `line` are values of
 * y: before the first position, from one position to the next, and from one row to the next. The channels that are read
 * begin at `inChannel`, those that are written at `outChannel`.
 */
export function denseConvForward(
  x: usize,
  packed: usize,
  bias: usize,
  y: usize,
  runs: usize,
  runCount: i32,
  runLength: i32,
  rowStep: i32,
  columnStep: i32,
  rows: i32,
  columns: i32,
  inChannel: i32,
  outChannel: i32,
  outChannels: i32,
  first: i32,
  pixel: i32,
  line: i32,
  ending: i32,
): void {
  const from = x + (<usize>inChannel << 2);
  const runsEnd = runs + <usize>runCount * RUN;
  const runBytes = <usize>runLength << 2;
  const taps = <usize>(runCount * runLength);
  for (let o = 0; o < outChannels; o += 8) {
    const left = outChannels - o;
    const to = y + (<usize>(first + outChannel + o) << 2);
    const start = bias ? laneBias(bias, 0, outChannel + o, outChannel + outChannels) : f32x4.splat(0);
    if (left > 4) {
      const start1 = bias ? laneBias(bias, 0, outChannel + o + 4, outChannel + outChannels) : f32x4.splat(0);
      eightChannels(
        from, packed, start, start1, to, runs, runsEnd, runBytes,
        <usize>rowStep, <usize>columnStep, rows, columns, <usize>pixel << 2, <usize>line << 2, left - 4, ending,
      );
      packed += taps << 5;
    } else {
      fourChannels(
        from, packed, start, to, runs, runsEnd, runBytes,
        <usize>rowStep, <usize>columnStep, rows, columns, <usize>pixel << 2, <usize>line << 2, left, ending,
      );
      packed += taps << 4;
    }
  }
}

function eightChannels(
  x: usize, packed: usize, start0: v128, start1: v128, y: usize, runs: usize, runsEnd: usize, runBytes: usize,
  rowStep: usize, columnStep: usize, rows: i32, columns: i32, pixel: usize, line: usize, lanes: i32, ending: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let to = y;
    for (let c = 0; c < columns; c += 4) {
      // Positions past the row's end repeat the last one and are not stored.
      const last = columns - 1 - c;
      const corner = x + <usize>c * columnStep;
      const x1 = <usize>min(1, last) * columnStep;
      const x2 = <usize>min(2, last) * columnStep;
      const x3 = <usize>min(3, last) * columnStep;
      let a0 = start0;
      let a1 = start1;
      let b0 = start0;
      let b1 = start1;
      let c0 = start0;
      let c1 = start1;
      let d0 = start0;
      let d1 = start1;
      let w = packed;
      for (let run = runs; run < runsEnd; run += RUN) {
        let p = corner + <usize>load<u32>(run);
        const end = p + runBytes;
        while (p < end) {
          const w0 = v128.load(w);
          const w1 = v128.load(w, 16);
          const va = v128.load_splat<f32>(p);
          a0 = fma(va, w0, a0);
          a1 = fma(va, w1, a1);
          const vb = v128.load_splat<f32>(p + x1);
          b0 = fma(vb, w0, b0);
          b1 = fma(vb, w1, b1);
          const vc = v128.load_splat<f32>(p + x2);
          c0 = fma(vc, w0, c0);
          c1 = fma(vc, w1, c1);
          const vd = v128.load_splat<f32>(p + x3);
          d0 = fma(vd, w0, d0);
          d1 = fma(vd, w1, d1);
          w += 32;
          p += 4;
        }
      }
      storeEight(to, a0, a1, lanes, ending);
      if (last > 0) storeEight(to + pixel, b0, b1, lanes, ending);
      if (last > 1) storeEight(to + 2 * pixel, c0, c1, lanes, ending);
      if (last > 2) storeEight(to + 3 * pixel, d0, d1, lanes, ending);
      to += 4 * pixel;
    }
    x += rowStep;
    y += line;
  }
}

/** Stores 4 values and `lanes` of the next 4. */
@inline
function storeEight(to: usize, v0: v128, v1: v128, lanes: i32, ending: i32): void {
  v128.store(to, ended(to, v0, ending));
  storeLanes(to + 16, ended(to + 16, v1, ending), lanes);
}

/** Up to 4 channels: positions of two rows at once, for as many sums. */
function fourChannels(
  x: usize, packed: usize, start: v128, y: usize, runs: usize, runsEnd: usize, runBytes: usize,
  rowStep: usize, columnStep: usize, rows: i32, columns: i32, pixel: usize, line: usize, lanes: i32, ending: i32,
): void {
  for (let r = 0; r < rows; r += 2) {
    // A row past the last one repeats it and is not stored.
    const hasNext = r + 1 < rows;
    const down = hasNext ? rowStep : 0;
    let to = y;
    for (let c = 0; c < columns; c += 4) {
      const last = columns - 1 - c;
      const corner = x + <usize>c * columnStep;
      const x1 = <usize>min(1, last) * columnStep;
      const x2 = <usize>min(2, last) * columnStep;
      const x3 = <usize>min(3, last) * columnStep;
      let a0 = start;
      let a1 = start;
      let a2 = start;
      let a3 = start;
      let b0 = start;
      let b1 = start;
      let b2 = start;
      let b3 = start;
      let w = packed;
      for (let run = runs; run < runsEnd; run += RUN) {
        let p = corner + <usize>load<u32>(run);
        let q = p + down;
        const end = p + runBytes;
        while (p < end) {
          const v = v128.load(w);
          a0 = fma(v128.load_splat<f32>(p), v, a0);
          a1 = fma(v128.load_splat<f32>(p + x1), v, a1);
          a2 = fma(v128.load_splat<f32>(p + x2), v, a2);
          a3 = fma(v128.load_splat<f32>(p + x3), v, a3);
          b0 = fma(v128.load_splat<f32>(q), v, b0);
          b1 = fma(v128.load_splat<f32>(q + x1), v, b1);
          b2 = fma(v128.load_splat<f32>(q + x2), v, b2);
          b3 = fma(v128.load_splat<f32>(q + x3), v, b3);
          w += 16;
          p += 4;
          q += 4;
        }
      }
      storeFour(to, pixel, a0, a1, a2, a3, last, lanes, ending);
      if (hasNext) storeFour(to + line, pixel, b0, b1, b2, b3, last, lanes, ending);
      to += 4 * pixel;
    }
    x += 2 * rowStep;
    y += 2 * line;
  }
}

/**
 * gw[o, run, i] += Σ over positions of gy[r, c, o] · x at (r, c)[run, i]
 *
 * `kernelStep` is the number of values of the weight from one output channel to the next; the others are as in
 * `denseConvForward`.
 */
export function denseConvWeightGradient(
  x: usize,
  gy: usize,
  gWeight: usize,
  runs: usize,
  runCount: i32,
  runLength: i32,
  rowStep: i32,
  columnStep: i32,
  rows: i32,
  columns: i32,
  inChannel: i32,
  outChannel: i32,
  outChannels: i32,
  pixel: i32,
  kernelStep: i32,
): void {
  const from = x + (<usize>inChannel << 2);
  const gradients = gy + (<usize>outChannel << 2);
  const runsEnd = runs + <usize>runCount * RUN;
  const step = <usize>kernelStep << 2;
  for (let o = 0; o < outChannels; o += 4) {
    const count = min(4, outChannels - o);
    const to = gWeight + <usize>o * step;
    for (let run = runs; run < runsEnd; run += RUN) {
      const runFrom = from + <usize>load<u32>(run);
      const runTo = to + <usize>load<u32>(run, 4);
      for (let i = 0; i < runLength; i += 8) {
        fourKernels(
          runFrom + (<usize>i << 2), gradients + (<usize>o << 2), runTo + (<usize>i << 2), step, count, runLength - i,
          <usize>rowStep, <usize>columnStep, rows, <usize>(columns * pixel) << 2, <usize>pixel << 2,
        );
      }
    }
  }
}

/** Up to 8 values of the same run, for the weights of up to 4 output channels. */
function fourKernels(
  x: usize, gy: usize, gWeight: usize, step: usize, count: i32, left: i32,
  rowStep: usize, columnStep: usize, rows: i32, lineBytes: usize, pixel: usize,
): void {
  const second: usize = count > 1 ? 4 : 0;
  const third: usize = count > 2 ? 8 : 0;
  const fourth: usize = count > 3 ? 12 : 0;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (let r = 0; r < rows; r++) {
    let p = x;
    let g = gy;
    const end = g + lineBytes;
    while (g < end) {
      const x0 = v128.load(p);
      const x1 = v128.load(p, 16);
      const ga = v128.load_splat<f32>(g);
      const gb = v128.load_splat<f32>(g + second);
      const gc = v128.load_splat<f32>(g + third);
      const gd = v128.load_splat<f32>(g + fourth);
      a0 = fma(ga, x0, a0);
      a1 = fma(ga, x1, a1);
      b0 = fma(gb, x0, b0);
      b1 = fma(gb, x1, b1);
      c0 = fma(gc, x0, c0);
      c1 = fma(gc, x1, c1);
      d0 = fma(gd, x0, d0);
      d1 = fma(gd, x1, d1);
      p += columnStep;
      g += pixel;
    }
    x += rowStep;
    gy += lineBytes;
  }
  addEight(gWeight, a0, a1, left);
  if (count > 1) addEight(gWeight + step, b0, b1, left);
  if (count > 2) addEight(gWeight + 2 * step, c0, c1, left);
  if (count > 3) addEight(gWeight + 3 * step, d0, d1, left);
}

/** Adds the first `left` of two vectors' values. */
@inline
function addEight(to: usize, v0: v128, v1: v128, left: i32): void {
  storeLanes(to, f32x4.add(v128.load(to), v0), left);
  if (left > 4) storeLanes(to + 16, f32x4.add(v128.load(to, 16), v1), left - 4);
}
