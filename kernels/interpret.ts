// Runs the words of a plan: opcode, arguments, opcode, … up to Opcode.End.

import { Control } from "../src/engine/control";
import { Opcode, Space } from "../src/graph/opcodes";
import { affineGridBackward, affineGridForward, pixelCentres } from "./affine-grid";
import { attentionBackward, attentionForward } from "./attention";
import { batchAttentionBackward, batchAttentionForward } from "./batch-attention";
import { linearCompose, linearComposeBackward } from "./compose";
import { control } from "./control";
import { convBackward, convForward, convPack } from "./conv";
import { convPoolForward } from "./conv-pool";
import { convPoolBackward, convPoolVisits } from "./conv-pool-gradient";
import { coordTable, coordTableAdd } from "./coord-conv";
import { accumulate, addForward, copy, loadImage } from "./copy";
import {
  dropout2dBackward,
  dropout2dForward,
  dropout2dLive,
  dropoutBackward,
  dropoutForward,
} from "./dropout";
import { flattenBackward, flattenForward } from "./flatten";
import { gridSampleBackward, gridSampleForward } from "./grid-sample";
import {
  linearBackward,
  linearForward,
  linearMapBackward,
  linearMapForward,
  linearPack,
} from "./linear";
import { maxPoolBackward, maxPoolForward, reluBackward, reluForward } from "./pool";
import {
  logSoftmaxBackward,
  logSoftmaxForward,
  nllBackward,
  nllForward,
  score,
  seedLoss,
} from "./softmax";
import { winogradConvPoolForward, winogradPack } from "./winograd-conv-pool";

/** A thread's memory starts with one base address a space, then room for a block of random words. */
export const THREAD_HEADER: usize = 64;
const RANDOM_WORDS: usize = 32;

/** What the calls of one image, or of one task of a batch, refer to. */
let bases: usize = 0;
let step: u32 = 0;
let count: i32 = 0;
let slot: i32 = 0;
/** Index of the image in the order of the epoch. */
let position: i32 = 0;
let label: i32 = 0;
let task: i32 = 0;

export function bindThread(thread: i32): void {
  bases = <usize>control(Control.ThreadMemory) + <usize>thread * <usize>control(Control.ThreadBytes);
  setBase(Space.Absolute, 0);
  setBase(Space.Thread, bases + THREAD_HEADER);
  setBase(Space.Batch, <usize>control(Control.BatchMemory));
}

export function bindStep(number: u32, images: i32): void {
  step = number;
  count = images;
}

export function bindShard(shard: i32): void {
  const bytes = <usize>control(Control.ShardBytes);
  setBase(Space.Shard, <usize>control(Control.ShardGradients) + <usize>shard * bytes);
}

export function bindImage(indexInBatch: i32, indexInEpoch: i32): void {
  slot = indexInBatch;
  position = indexInEpoch;
  const order = <usize>control(Control.Order);
  const image = <usize>load<u32>(order + (<usize>indexInEpoch << 2));
  label = load<u8>(<usize>control(Control.Labels) + image);
  const pixels = <usize>control(Control.Images) + image * <usize>control(Control.ImageBytes);
  setBase(Space.Image, pixels);
  bindSlot(indexInBatch);
}

export function bindTask(number: i32): void {
  task = number;
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

/** Argument `i` as an address. */
@inline
function p(at: usize, i: usize): usize {
  const word = <usize>load<u32>(at + (i << 2));
  return (word & ~15) + <usize>load<u32>(bases + ((word & 15) << 2));
}

/** Argument `i` as an integer. */
@inline
function n(at: usize, i: usize): i32 {
  return load<i32>(at + (i << 2));
}

@inline
function f(at: usize, i: usize): f32 {
  return load<f32>(at + (i << 2));
}

export function interpret(at: usize): void {
  const random = bases + RANDOM_WORDS;
  const image = <usize>load<u32>(bases + (<usize>Space.Image << 2));
  const slotBytes = <usize>control(Control.SlotBytes);
  while (true) {
    const opcode = <Opcode>n(at, 0);
    switch (opcode) {
      case Opcode.End:
        return;
      case Opcode.Zero:
        memory.fill(p(at, 1), 0, <usize>n(at, 2));
        at += 12;
        break;
      case Opcode.Copy:
        copy(p(at, 1), p(at, 2), n(at, 3));
        at += 16;
        break;
      case Opcode.LoadImage:
        loadImage(p(at, 1), image, n(at, 2));
        at += 12;
        break;
      case Opcode.ConvPack:
        convPack(p(at, 1), p(at, 2), n(at, 3), n(at, 4), n(at, 5), n(at, 6), 0);
        at += 28;
        break;
      case Opcode.ConvPackLive:
        convPack(p(at, 1), p(at, 2), n(at, 3), n(at, 4), n(at, 5), n(at, 6), p(at, 7));
        at += 32;
        break;
      case Opcode.ConvForward:
        convForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), n(at, 5), n(at, 6), n(at, 7), n(at, 8), n(at, 9));
        at += 40;
        break;
      case Opcode.ConvBackward:
        convBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), p(at, 8), n(at, 9), n(at, 10), n(at, 11), n(at, 12), n(at, 13), n(at, 14));
        at += 60;
        break;
      case Opcode.ConvPoolForward:
        convPoolForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), p(at, 8), p(at, 9), n(at, 10), n(at, 11), n(at, 12), n(at, 13), n(at, 14), f(at, 15));
        at += 64;
        break;
      case Opcode.ConvPoolBackward:
        convPoolBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), p(at, 8), p(at, 9), p(at, 10), n(at, 11), n(at, 12), n(at, 13), n(at, 14), n(at, 15), n(at, 16), f(at, 17));
        at += 72;
        break;
      case Opcode.ConvPoolVisits:
        convPoolVisits(p(at, 1), n(at, 2), n(at, 3), n(at, 4), n(at, 5), n(at, 6));
        at += 28;
        break;
      case Opcode.WinogradPack:
        winogradPack(p(at, 1), p(at, 2), p(at, 3), n(at, 4), n(at, 5), n(at, 6));
        at += 28;
        break;
      case Opcode.WinogradConvPoolForward:
        winogradConvPoolForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), p(at, 8), n(at, 9), n(at, 10), n(at, 11), n(at, 12), f(at, 13));
        at += 56;
        break;
      case Opcode.LinearForward:
        linearForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), n(at, 6), n(at, 7), n(at, 8), n(at, 9));
        at += 40;
        break;
      case Opcode.LinearBackward:
        linearBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), n(at, 8), n(at, 9), n(at, 10), n(at, 11));
        at += 48;
        break;
      case Opcode.LinearPack:
        linearPack(p(at, 1), p(at, 2), n(at, 3), n(at, 4), n(at, 5));
        at += 24;
        break;
      case Opcode.LinearMapForward:
        linearMapForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), n(at, 5), n(at, 6), n(at, 7), n(at, 8));
        at += 36;
        break;
      case Opcode.LinearMapBackward:
        linearMapBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), n(at, 7), n(at, 8), n(at, 9), n(at, 10), n(at, 11));
        at += 48;
        break;
      case Opcode.LinearCompose:
        linearCompose(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), n(at, 7), n(at, 8), n(at, 9), n(at, 10), n(at, 11));
        at += 48;
        break;
      case Opcode.LinearComposeBackward:
        linearComposeBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), p(at, 8), p(at, 9), n(at, 10), n(at, 11), n(at, 12), n(at, 13), n(at, 14), <usize>control(Control.ShardBytes));
        at += 60;
        break;
      case Opcode.MaxPoolForward:
        maxPoolForward(p(at, 1), p(at, 2), n(at, 3), n(at, 4), n(at, 5), n(at, 6));
        at += 28;
        break;
      case Opcode.MaxPoolBackward:
        maxPoolBackward(p(at, 1), p(at, 2), p(at, 3), n(at, 4), n(at, 5), n(at, 6), n(at, 7));
        at += 32;
        break;
      case Opcode.ReluForward:
        reluForward(p(at, 1), p(at, 2), n(at, 3));
        at += 16;
        break;
      case Opcode.ReluBackward:
        reluBackward(p(at, 1), p(at, 2), p(at, 3), n(at, 4));
        at += 20;
        break;
      case Opcode.DropoutForward:
        dropoutForward(p(at, 1), p(at, 2), p(at, 3), n(at, 4), n(at, 5), n(at, 6), f(at, 7), step, slot, random);
        at += 32;
        break;
      case Opcode.DropoutBackward:
        dropoutBackward(p(at, 1), p(at, 2), p(at, 3), n(at, 4));
        at += 20;
        break;
      case Opcode.Dropout2dLive:
        dropout2dLive(p(at, 1), n(at, 2), n(at, 3), n(at, 4), step, slot, random);
        at += 20;
        break;
      case Opcode.Dropout2dForward:
        dropout2dForward(p(at, 1), p(at, 2), p(at, 3), n(at, 4), n(at, 5), f(at, 6));
        at += 28;
        break;
      case Opcode.Dropout2dBackward:
        dropout2dBackward(p(at, 1), p(at, 2), p(at, 3), n(at, 4), n(at, 5), f(at, 6));
        at += 28;
        break;
      case Opcode.CoordTable:
        coordTable(p(at, 1), p(at, 2), n(at, 3), n(at, 4), n(at, 5), n(at, 6));
        at += 28;
        break;
      case Opcode.CoordTableAdd:
        coordTableAdd(p(at, 1), p(at, 2), n(at, 3), n(at, 4), n(at, 5));
        at += 24;
        break;
      case Opcode.PixelCentres:
        pixelCentres(p(at, 1), n(at, 2), n(at, 3), n(at, 4));
        at += 20;
        break;
      case Opcode.AffineGridForward:
        affineGridForward(p(at, 1), p(at, 2), p(at, 3), n(at, 4), n(at, 5));
        at += 24;
        break;
      case Opcode.AffineGridBackward:
        affineGridBackward(p(at, 1), p(at, 2), p(at, 3), n(at, 4), n(at, 5));
        at += 24;
        break;
      case Opcode.GridSampleForward:
        gridSampleForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), n(at, 6), n(at, 7), n(at, 8), n(at, 9), n(at, 10));
        at += 44;
        break;
      case Opcode.GridSampleBackward:
        gridSampleBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), n(at, 8), n(at, 9), n(at, 10), n(at, 11), n(at, 12));
        at += 52;
        break;
      case Opcode.AttentionForward:
        attentionForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), n(at, 8), n(at, 9), n(at, 10), n(at, 11), <usize>n(at, 10) << 2, <usize>n(at, 11) << 3);
        at += 48;
        break;
      case Opcode.AttentionBackward:
        attentionBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), p(at, 8), p(at, 9), p(at, 10), p(at, 11), n(at, 12), n(at, 13), n(at, 14), n(at, 15), <usize>n(at, 14) << 2, <usize>n(at, 15) << 3);
        at += 64;
        break;
      case Opcode.BatchAttentionForward:
        batchAttentionForward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), n(at, 8), n(at, 9), n(at, 10), n(at, 11), n(at, 12), task, count, slotBytes);
        at += 52;
        break;
      case Opcode.BatchAttentionBackward:
        batchAttentionBackward(p(at, 1), p(at, 2), p(at, 3), p(at, 4), p(at, 5), p(at, 6), p(at, 7), p(at, 8), p(at, 9), p(at, 10), p(at, 11), n(at, 12), n(at, 13), n(at, 14), n(at, 15), n(at, 16), task, count, slotBytes);
        at += 68;
        break;
      case Opcode.AddForward:
        addForward(p(at, 1), p(at, 2), p(at, 3), n(at, 4));
        at += 20;
        break;
      case Opcode.Accumulate:
        accumulate(p(at, 1), p(at, 2), n(at, 3));
        at += 16;
        break;
      case Opcode.FlattenForward:
        flattenForward(p(at, 1), p(at, 2), n(at, 3), n(at, 4));
        at += 20;
        break;
      case Opcode.FlattenBackward:
        flattenBackward(p(at, 1), p(at, 2), n(at, 3), n(at, 4));
        at += 20;
        break;
      case Opcode.LogSoftmaxForward:
        logSoftmaxForward(p(at, 1), p(at, 2), n(at, 3));
        at += 16;
        break;
      case Opcode.LogSoftmaxBackward:
        logSoftmaxBackward(p(at, 1), p(at, 2), p(at, 3), n(at, 4));
        at += 20;
        break;
      case Opcode.NllForward:
        nllForward(p(at, 1), p(at, 2), label);
        at += 12;
        break;
      case Opcode.NllBackward:
        nllBackward(p(at, 1), p(at, 2), label);
        at += 12;
        break;
      case Opcode.SeedLoss:
        seedLoss(p(at, 1), p(at, 2), slot, count);
        at += 12;
        break;
      case Opcode.Score:
        score(p(at, 1), n(at, 2), label, position);
        at += 12;
        break;
      default:
        unreachable();
    }
  }
}
