// a + b, a − b, a · b and a / b over [position][channel]. Each operand has a kind, two bits: 1, it has values for all
// channels, and 2, it has values for all positions; what is missing is the same for all. Loops are compiled once for each
// operator and for each combination of operands with and without channels.

import { addScalar, firstLanes, storeLanes, sum4 } from "./simd";

/** Numbers of the operators in src/graph/ops/arithmetic.ts. */
const ADD = 0;
const SUB = 1;
const MUL = 2;

const OVER_CHANNELS = 1;
const OVER_POSITIONS = 2;

/** Stores a number. */
export function constant(to: usize, value: f32): void {
  store<f32>(to, value);
}

@inline
function valueOf(operator: i32, a: v128, b: v128): v128 {
  if (operator == ADD) return f32x4.add(a, b);
  if (operator == SUB) return f32x4.sub(a, b);
  if (operator == MUL) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

/** g · dy/da for operand 0, g · dy/db for operand 1. */
@inline
function gradientOf(operator: i32, operand: i32, g: v128, a: v128, b: v128): v128 {
  if (operator == ADD) return g;
  if (operator == SUB) return operand ? f32x4.neg(g) : g;
  if (operator == MUL) return f32x4.mul(g, operand ? a : b);
  return operand ? f32x4.neg(f32x4.mul(g, f32x4.div(f32x4.div(a, b), b))) : f32x4.div(g, b);
}

/** Bytes from one position to the next; 0 for an operand that is the same at all. */
@inline
function stepOf(kind: i32, channels: i32): usize {
  if (!(kind & OVER_POSITIONS)) return 0;
  return kind & OVER_CHANNELS ? <usize>channels << 2 : 4;
}

/** Four channels, or the one value that all have. */
@inline
function lanesOf(address: usize, at: usize, hasChannels: bool): v128 {
  return hasChannels ? v128.load(address + at) : v128.load_splat<f32>(address);
}

/** y = a (operator) b */
export function arithmeticForward(
  a: usize,
  b: usize,
  y: usize,
  operator: i32,
  positions: i32,
  channels: i32,
  aKind: i32,
  bKind: i32,
): void {
  if (operator == ADD) forwardOf(ADD, a, b, y, positions, channels, aKind, bKind);
  else if (operator == SUB) forwardOf(SUB, a, b, y, positions, channels, aKind, bKind);
  else if (operator == MUL) forwardOf(MUL, a, b, y, positions, channels, aKind, bKind);
  else forwardOf(3, a, b, y, positions, channels, aKind, bKind);
}

@inline
function forwardOf(
  operator: i32,
  a: usize,
  b: usize,
  y: usize,
  positions: i32,
  channels: i32,
  aKind: i32,
  bKind: i32,
): void {
  const aStep = stepOf(aKind, channels);
  const bStep = stepOf(bKind, channels);
  if (aKind & bKind & OVER_CHANNELS) writeRows(operator, true, true, a, b, y, positions, channels, aStep, bStep);
  else if (aKind & OVER_CHANNELS) writeRows(operator, true, false, a, b, y, positions, channels, aStep, bStep);
  else writeRows(operator, false, true, a, b, y, positions, channels, aStep, bStep);
}

@inline
function writeRows(
  operator: i32,
  aHasChannels: bool,
  bHasChannels: bool,
  a: usize,
  b: usize,
  y: usize,
  positions: i32,
  channels: i32,
  aStep: usize,
  bStep: usize,
): void {
  const row = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  for (let position = 0; position < positions; position++) {
    for (let at: usize = 0; at < whole; at += 16) {
      const value = valueOf(operator, lanesOf(a, at, aHasChannels), lanesOf(b, at, bHasChannels));
      v128.store(y + at, value);
    }
    if (whole < row) {
      const value = valueOf(operator, lanesOf(a, whole, aHasChannels), lanesOf(b, whole, bHasChannels));
      storeLanes(y + whole, value, channels & 3);
    }
    a += aStep;
    b += bStep;
    y += row;
  }
}

/** gx += Σ gy · dy/da (`operand` 0) or dy/db (`operand` 1), over what the operand is spread over. */
export function arithmeticBackward(
  a: usize,
  b: usize,
  gy: usize,
  gx: usize,
  operator: i32,
  positions: i32,
  channels: i32,
  aKind: i32,
  bKind: i32,
  operand: i32,
): void {
  if (operator == ADD) backwardOf(ADD, a, b, gy, gx, positions, channels, aKind, bKind, operand);
  else if (operator == SUB) backwardOf(SUB, a, b, gy, gx, positions, channels, aKind, bKind, operand);
  else if (operator == MUL) backwardOf(MUL, a, b, gy, gx, positions, channels, aKind, bKind, operand);
  else backwardOf(3, a, b, gy, gx, positions, channels, aKind, bKind, operand);
}

@inline
function backwardOf(
  operator: i32,
  a: usize,
  b: usize,
  gy: usize,
  gx: usize,
  positions: i32,
  channels: i32,
  aKind: i32,
  bKind: i32,
  operand: i32,
): void {
  const aStep = stepOf(aKind, channels);
  const bStep = stepOf(bKind, channels);
  const both = aKind & bKind & OVER_CHANNELS;
  if (operand) {
    if (both) addRows(operator, 1, true, true, a, b, gy, gx, positions, channels, aStep, bStep);
    else if (aKind & OVER_CHANNELS) addSums(operator, 1, a, b, gy, gx, positions, channels, aStep, bStep);
    else addRows(operator, 1, false, true, a, b, gy, gx, positions, channels, aStep, bStep);
  } else {
    if (both) addRows(operator, 0, true, true, a, b, gy, gx, positions, channels, aStep, bStep);
    else if (aKind & OVER_CHANNELS) addRows(operator, 0, true, false, a, b, gy, gx, positions, channels, aStep, bStep);
    else addSums(operator, 0, a, b, gy, gx, positions, channels, aStep, bStep);
  }
}

/** For an operand with channels. */
@inline
function addRows(
  operator: i32,
  operand: i32,
  aHasChannels: bool,
  bHasChannels: bool,
  a: usize,
  b: usize,
  gy: usize,
  gx: usize,
  positions: i32,
  channels: i32,
  aStep: usize,
  bStep: usize,
): void {
  const row = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  for (let position = 0; position < positions; position++) {
    for (let at: usize = 0; at < whole; at += 16) {
      const g = v128.load(gy + at);
      const d = gradientOf(operator, operand, g, lanesOf(a, at, aHasChannels), lanesOf(b, at, bHasChannels));
      v128.store(gx + at, f32x4.add(v128.load(gx + at), d));
    }
    if (whole < row) {
      const g = v128.load(gy + whole);
      const d = gradientOf(operator, operand, g, lanesOf(a, whole, aHasChannels), lanesOf(b, whole, bHasChannels));
      storeLanes(gx + whole, f32x4.add(v128.load(gx + whole), d), channels & 3);
    }
    a += aStep;
    b += bStep;
    gy += row;
    gx += operand ? bStep : aStep;
  }
}

/** For an operand that is the same in all channels: sums over them, and over positions if it is the same at all. */
@inline
function addSums(
  operator: i32,
  operand: i32,
  a: usize,
  b: usize,
  gy: usize,
  gx: usize,
  positions: i32,
  channels: i32,
  aStep: usize,
  bStep: usize,
): void {
  const row = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  const rest = firstLanes(channels & 3);
  const step = operand ? bStep : aStep;
  for (let position = 0; position < positions; position++) {
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const g = v128.load(gy + at);
      sum = f32x4.add(sum, gradientOf(operator, operand, g, lanesOf(a, at, !!operand), lanesOf(b, at, !operand)));
    }
    if (whole < row) {
      const g = v128.load(gy + whole);
      const d = gradientOf(operator, operand, g, lanesOf(a, whole, !!operand), lanesOf(b, whole, !operand));
      sum = f32x4.add(sum, v128.and(d, rest));
    }
    addScalar(gx, sum4(sum));
    a += aStep;
    b += bStep;
    gy += row;
    gx += step;
  }
}
