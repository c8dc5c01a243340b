import { InputError } from "../errors.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { Control } from "./control.js";
import type { Layout } from "./layout.js";
import { matchingTensors } from "./matching-tensors.js";
import { pack, placedSize, trainedSize, unpackAll } from "./parameter-layout.js";
import { readState, writeState } from "./update-state.js";

/** The parameters in an engine's memory, and what belongs to each: gradient, optimizer state, moving average. */
export class ParameterMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #layout: Layout;
  readonly #control: Int32Array;
  #areSet = false;

  constructor(memory: WebAssembly.Memory, layout: Layout, control: Int32Array) {
    this.#memory = memory;
    this.#layout = layout;
    this.#control = control;
  }

  /** @throws InputError where there are parameters, and they have no values yet */
  checkSet(where: string): void {
    if (this.#areSet || this.#layout.places.length === 0) return;
    throw new InputError(where, "parameters to be set first (setParameters)", "none");
  }

  /** Sets all parameters, and clears what steps kept of them; sets none where it throws. */
  set(tensors: NamedTensors): void {
    const { places, shared } = this.#layout;
    const given = matchingTensors(places, tensors);
    const values = this.#values(shared.parameters);
    // Padding must be 0, but is NaN after a training that diverged.
    values.fill(0);
    for (const [at, place] of places.entries()) pack(place, given[at]!.values, values);
    this.#control[Control.AllFinite] = Number(values.every(Number.isFinite));
    this.#resetState(values);
    this.#areSet = true;
  }

  /** As before the first step: zeros, and averages that are the parameters. */
  #resetState(parameters: Float32Array): void {
    const { update } = this.#layout;
    if (update === undefined) return;
    for (const address of update.states) if (address !== 0) this.#values(address).fill(0);
    if (update.averages !== 0) this.#values(update.averages).set(parameters);
  }

  /** A copy of the parameters. */
  all(): Map<string, Tensor32> {
    const { places, shared } = this.#layout;
    return unpackAll(places, this.#values(shared.parameters));
  }

  /** A copy of their moving averages; undefined where none are kept. */
  averages(): Map<string, Tensor32> | undefined {
    const address = this.#layout.update?.averages ?? 0;
    return address === 0 ? undefined : unpackAll(this.#layout.places, this.#values(address));
  }

  /** A copy of the gradients of those that are trained. */
  gradients(): Map<string, Tensor32> {
    const { places, shared } = this.#layout;
    const trained = places.filter(({ parameter }) => !parameter.buffer);
    const { buffer } = this.#memory;
    return unpackAll(trained, new Float32Array(buffer, shared.gradients, trainedSize(places)));
  }

  /** A copy of the optimizer's state and of the moving averages. */
  state(): Map<string, Tensor32> {
    return readState(this.#memory, this.#layout);
  }

  /** Sets what `state` gave. @throws InputError where a tensor is missing, unknown or of another shape */
  setState(tensors: NamedTensors): void {
    writeState(this.#memory, this.#layout, tensors);
    const address = this.#layout.update?.averages ?? 0;
    if (address === 0 || this.#values(address).every(Number.isFinite)) return;
    this.#control[Control.AllFinite] = 0;
  }

  /** An array with a value for each value of the parameters. */
  #values(address: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, placedSize(this.#layout.places));
  }
}
