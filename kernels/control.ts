import { Control, CONTROL_ADDRESS } from "../src/engine/control";

/** A control word. */
@inline
export function control(word: Control): i32 {
  return load<i32>(<usize>CONTROL_ADDRESS + (<usize>word << 2));
}

@inline
export function controlAddress(word: Control): usize {
  return <usize>CONTROL_ADDRESS + (<usize>word << 2);
}
