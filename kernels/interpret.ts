// What the words of a plan refer to. `interpret`, which runs them, is written by scripts/build-kernels.js from
// src/graph/kernel-calls.ts.

import { Control, THREAD_HEADER } from "../src/engine/control";
import { Space } from "../src/graph/spaces";
import { control } from "./control";

/** A thread's memory starts with one base address a space, then room for a block of random words. */
const RANDOM_WORDS: usize = 32;

/** What the calls of one image, or of one task of a batch, refer to. */
let bases: usize = 0;
let stepNumber: u32 = 0;
let imagesOfStep: i32 = 0;
let slotOfImage: i32 = 0;
/** Index of the image in the order of the epoch. */
let positionOfImage: i32 = 0;
let labelOfImage: i32 = 0;
let taskNumber: i32 = 0;

export function bindThread(thread: i32): void {
  bases = <usize>control(Control.ThreadMemory) + <usize>thread * <usize>control(Control.ThreadBytes);
  setBase(Space.Absolute, 0);
  setBase(Space.Thread, bases + <usize>THREAD_HEADER);
  setBase(Space.Batch, <usize>control(Control.BatchMemory));
}

export function bindStep(number: u32, images: i32): void {
  stepNumber = number;
  imagesOfStep = images;
}

export function bindShard(shard: i32): void {
  const bytes = <usize>control(Control.ShardBytes);
  setBase(Space.Shard, <usize>control(Control.ShardGradients) + <usize>shard * bytes);
}

export function bindImage(indexInBatch: i32, indexInEpoch: i32): void {
  slotOfImage = indexInBatch;
  positionOfImage = indexInEpoch;
  const order = <usize>control(Control.Order);
  const image = <usize>load<u32>(order + (<usize>indexInEpoch << 2));
  labelOfImage = load<u8>(<usize>control(Control.Labels) + image);
  const pixels = <usize>control(Control.Images) + image * <usize>control(Control.ImageBytes);
  setBase(Space.Image, pixels);
  bindSlot(indexInBatch);
}

export function bindTask(number: i32): void {
  taskNumber = number;
  bindSlot(0);
  bindShard(0);
}

function bindSlot(index: i32): void {
  const bytes = <usize>control(Control.SlotBytes);
  setBase(Space.Slot, <usize>control(Control.SlotMemory) + <usize>index * bytes);
}

@inline
function setBase(space: Space, address: usize): void {
  store<u32>(bases + (<usize>space << 2), <u32>address);
}

/** Word `i` as an address. */
@inline
export function pointer(at: usize, i: usize): usize {
  const word = <usize>load<u32>(at + (i << 2));
  return (word & ~15) + <usize>load<u32>(bases + ((word & 15) << 2));
}

@inline
export function integer(at: usize, i: usize): i32 {
  return load<i32>(at + (i << 2));
}

@inline
export function float(at: usize, i: usize): f32 {
  return load<f32>(at + (i << 2));
}

/** What kernels can be given besides their words, see `ContextValue`. */
export namespace context {
  @inline
  export function step(): u32 {
    return stepNumber;
  }

  @inline
  export function count(): i32 {
    return imagesOfStep;
  }

  @inline
  export function slot(): i32 {
    return slotOfImage;
  }

  @inline
  export function position(): i32 {
    return positionOfImage;
  }

  @inline
  export function label(): i32 {
    return labelOfImage;
  }

  @inline
  export function image(): usize {
    return <usize>load<u32>(bases + (<usize>Space.Image << 2));
  }

  @inline
  export function task(): i32 {
    return taskNumber;
  }

  @inline
  export function random(): usize {
    return bases + RANDOM_WORDS;
  }

  @inline
  export function slotBytes(): usize {
    return <usize>control(Control.SlotBytes);
  }

  @inline
  export function shardBytes(): usize {
    return <usize>control(Control.ShardBytes);
  }
}
