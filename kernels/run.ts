// The loop that every thread runs: the steps of a command, phase by phase, with a barrier after each phase. A stream,
// which only evaluates images, has one barrier, at the end.
//
// Each thread has a share of a phase's tasks, the same in every phase, so that its core's cache still holds what it
// left there; then it helps the others with their shares. What a task computes never depends on which thread runs it.
//
// Functions that wait have no floats: Node 20's baseline compiler loses them across a wait.

import { Control, PhaseField, PhaseKind, SHARDS, STREAM_IMAGES } from "../src/engine/control";
import { control, controlAddress } from "./control";
import { bindImage, bindTask, bindShard, bindStep, bindThread } from "./interpret";
import { interpret } from "./interpret.generated";
import { runUpdateTask, sumLosses } from "./update";

/** Bytes from one thread's ticket to the next one's. */
const TICKET: usize = 64;

export function runSteps(thread: i32): void {
  const from = control(Control.FromStep);
  const to = control(Control.ToStep);
  bindThread(thread);
  const phase = <usize>control(Control.Phases);
  if (field(phase, PhaseField.Kind) == PhaseKind.Stream) runStream(thread, phase, from, to);
  else for (let step = from; step < to; step++) runStep(thread, step);
}

/** Tasks are a few images each: no thread waits longer than one task for another whose core is busy elsewhere. */
function runStream(thread: i32, phase: usize, fromStep: i32, toStep: i32): void {
  const batchSize = control(Control.BatchSize);
  const from = fromStep * batchSize;
  const to = min(toStep * batchSize, control(Control.ImageCount));
  const tasks = (to - from + STREAM_IMAGES - 1) / STREAM_IMAGES;
  const code = <usize>field(phase, PhaseField.Code);
  interpret(<usize>control(Control.Prologue));
  for (let task = nextTask(thread, tasks); task >= 0; task = nextTask(thread, tasks)) {
    const first = from + task * STREAM_IMAGES;
    for (let image = first; image < min(first + STREAM_IMAGES, to); image++) {
      bindImage(0, image);
      interpret(code);
    }
  }
  barrier();
}

/** Takes the next task of the thread's own share, or else of another thread's; −1 if none is left. */
function nextTask(thread: i32, tasks: i32): i32 {
  const threads = control(Control.Threads);
  for (let i = 0; i < threads; i++) {
    const owner = (thread + i) % threads;
    const first = (owner * tasks) / threads;
    const end = ((owner + 1) * tasks) / threads;
    const task = first + atomic.add<i32>(controlAddress(Control.Tickets) + <usize>owner * TICKET, 1);
    if (task < end) return task;
  }
  return -1;
}

function runStep(thread: i32, step: i32): void {
  const batchSize = control(Control.BatchSize);
  const count = min(batchSize, control(Control.ImageCount) - step * batchSize);
  bindStep(<u32>control(Control.StepBase) + <u32>step, count);
  interpret(<usize>control(Control.Prologue));
  const phases = control(Control.PhaseCount);
  let phase = <usize>control(Control.Phases);
  for (let i = 0; i < phases; i++) {
    runPhase(thread, phase, step, count);
    barrier();
    phase += <usize>PhaseField.Words << 2;
  }
}

@inline
function field(phase: usize, word: PhaseField): i32 {
  return load<i32>(phase + (<usize>word << 2));
}

function runPhase(thread: i32, phase: usize, step: i32, count: i32): void {
  const tasks = field(phase, PhaseField.Tasks);
  for (let task = nextTask(thread, tasks); task >= 0; task = nextTask(thread, tasks)) {
    runTask(phase, task, step, count);
  }
}

function runTask(phase: usize, task: i32, step: i32, count: i32): void {
  const kind = field(phase, PhaseField.Kind);
  if (kind == PhaseKind.Images) {
    runShard(phase, task, step, count);
  } else if (kind == PhaseKind.Batch) {
    bindTask(task);
    interpret(<usize>field(phase, PhaseField.Code));
  } else {
    runUpdateTask(kind, task, step);
    if (task == 0 && kind != PhaseKind.Apply) sumLosses(step, count);
  }
}

function runShard(phase: usize, shard: i32, step: i32, count: i32): void {
  const from = (shard * count) / SHARDS;
  const to = ((shard + 1) * count) / SHARDS;
  const first = step * control(Control.BatchSize);
  const code = <usize>field(phase, PhaseField.Code);
  const bytes = <usize>control(Control.ShardBytes);
  bindShard(shard);
  if (field(phase, PhaseField.ClearsGradients)) {
    memory.fill(<usize>control(Control.ShardGradients) + <usize>shard * bytes, 0, bytes);
  }
  for (let slot = from; slot < to; slot++) {
    bindImage(slot, first + slot);
    interpret(code);
  }
}

/** Holds every thread until all have arrived; the last one clears the tickets. */
function barrier(): void {
  const generation = atomic.load<i32>(controlAddress(Control.Barrier));
  const arrived = atomic.add<i32>(controlAddress(Control.Arrived), 1) + 1;
  if (arrived == control(Control.Threads)) {
    atomic.store<i32>(controlAddress(Control.Arrived), 0);
    clearTickets();
    atomic.add<i32>(controlAddress(Control.Barrier), 1);
    // Wakes all of them. V8 passes a larger count as an object on the heap.
    atomic.notify(controlAddress(Control.Barrier), i32.MAX_VALUE);
    return;
  }
  spinWhile(Control.Barrier, generation);
  while (atomic.load<i32>(controlAddress(Control.Barrier)) == generation) {
    atomic.wait<i32>(controlAddress(Control.Barrier), generation, -1);
  }
}

function clearTickets(): void {
  const first = controlAddress(Control.Tickets);
  const end = first + <usize>control(Control.Threads) * TICKET;
  for (let ticket = first; ticket < end; ticket += TICKET) atomic.store<i32>(ticket, 0);
}

/** Returns once a word has another value, or after `Spins` looks at it. */
function spinWhile(word: Control, value: i32): void {
  const address = controlAddress(word);
  const spins = control(Control.Spins);
  for (let spin = 0; spin < spins; spin++) {
    if (atomic.load<i32>(address) != value) return;
  }
}

/** Waits for the command after `command` without sleeping, but not for long: one step often follows another. */
export function spinForCommand(command: i32): void {
  spinWhile(Control.Command, command);
}
