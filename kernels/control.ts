import { Control, CONTROL_ADDRESS } from "../src/engine/control";

/** Address of the control words of this thread's engine. */
let words: usize = CONTROL_ADDRESS;

/** Selects the engine; several may share one memory. */
export function bindControl(address: usize): void {
  words = address;
}

/** The value of a control word. */
@inline
export function control(word: Control): i32 {
  return load<i32>(words + (<usize>word << 2));
}

@inline
export function controlAddress(word: Control): usize {
  return words + (<usize>word << 2);
}
