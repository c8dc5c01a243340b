import { Control, CONTROL_ADDRESS } from "../src/engine/control";

/** Where this thread's engine has its control words. */
let words: usize = CONTROL_ADDRESS;

/** Chooses the engine, of those that share a memory. */
export function bindControl(address: usize): void {
  words = address;
}

/** A control word. */
@inline
export function control(word: Control): i32 {
  return load<i32>(words + (<usize>word << 2));
}

@inline
export function controlAddress(word: Control): usize {
  return words + (<usize>word << 2);
}
