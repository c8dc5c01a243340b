import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../src/formats/safetensors.js";
import type { Tensor32 } from "../src/graph/tensors.js";

/** The folder that holds `mnist/` and `reference/`; where `CI` is set it must be there. */
export const dataFolder = process.env.FOVEA_DATA ?? "";

/** Whether PyTorch's reference numbers are at hand; says so where they are not. */
export function hasReference(): boolean {
  const found = dataFolder !== "" && existsSync(join(dataFolder, "reference"));
  if (!found && process.env.FOVEA_REQUIRE_DATA) {
    throw new Error(`test data: expected FOVEA_DATA with reference/ in it, got "${dataFolder}"`);
  }
  if (!found) console.warn("PyTorch reference tests are left out: FOVEA_DATA has no reference/");
  return found;
}

/** PyTorch's numbers for one network. */
export class Reference {
  readonly #file;

  constructor(model: string) {
    const path = join(dataFolder, "reference", `${model}.safetensors`);
    this.#file = readSafetensors(readFileSync(path), path);
  }

  /** All float tensors whose name starts with `prefix.`, without the prefix. */
  tensors(prefix: string): Map<string, Tensor32> {
    const found = new Map<string, Tensor32>();
    for (const [name, { shape, values }] of this.#file.tensors) {
      if (!name.startsWith(`${prefix}.`) || !(values instanceof Float32Array)) continue;
      found.set(name.slice(prefix.length + 1), { shape, values });
    }
    return found;
  }

  values(name: string): ArrayLike<number> {
    return this.#file.tensors.get(name)!.values as ArrayLike<number>;
  }
}

/** ‖a − b‖ / ‖b‖ */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < b.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
