// Random numbers of an augmented image: a function of the seed, the step and the image's position in the batch.

import { Control } from "../src/engine/control";
import { control } from "./control";
import { philox } from "./philox";

// Streams, as in src/graph/philox.ts.
const STREAM_AUGMENTATION: u32 = 0xd0000000;
const STREAM_NOISE: u32 = 0xd1000000;
const STREAM_ELASTIC: u32 = 0xd2000000;

/** Blocks of four random words that each image has for what it draws once. */
const BLOCKS: u32 = 6;

/** What each block's words are for. */
export enum Draws {
  /** Rotation, scale, shift to the right and down. */
  Affine = 0,
  /** Shear, inversion, row and column of the cutout. */
  Others = 1,
  /** Of the first two corners: right and down. */
  FirstCorners = 2,
  LastCorners = 3,
  /** Whether to erase, area, ratio of the sides, row. */
  Erase = 4,
  /** Column of what is erased. */
  EraseColumn = 5,
}

/** Writes a block of the image. */
export function draw(random: usize, step: u32, slot: i32, block: Draws): void {
  philox(random, <u32>control(Control.Seed), STREAM_AUGMENTATION, step, <u32>slot * BLOCKS + <u32>block);
}

/** Writes the four words of block `at` of the image's noise; an image has `blocks` of them. */
export function drawNoise(random: usize, step: u32, slot: i32, blocks: i32, at: i32): void {
  philox(random, <u32>control(Control.Seed), STREAM_NOISE, step, <u32>(slot * blocks + at));
}

/** The same of the image's elastic displacements. */
export function drawElastic(random: usize, step: u32, slot: i32, blocks: i32, at: i32): void {
  philox(random, <u32>control(Control.Seed), STREAM_ELASTIC, step, <u32>(slot * blocks + at));
}

/** Word `at` of the block as a number in 0..1, without 1. */
export function uniform(random: usize, at: usize): f64 {
  return <f64>load<u32>(random + (at << 2)) * (1.0 / 4294967296.0);
}

/** The same in −size..size. */
export function symmetric(random: usize, at: usize, size: f64): f64 {
  return (2 * uniform(random, at) - 1) * size;
}
