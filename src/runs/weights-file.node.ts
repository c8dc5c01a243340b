import { checkOptions } from "../arguments.js";
import { readBytes } from "../files/read-file.node.js";
import {
  decodeWeights,
  type Weights,
  type WeightsOptions,
  weightsExpected,
} from "./weights-codec.js";

/**
 * Reads a safetensors file, or a file of `torch.save`: its state dict.
 *
 * @throws InputError where an option is unknown, or the file cannot be read or is malformed
 * @example
 * const { parameters } = readWeights("runs/2026-11-23-142530-stn-seed0/best.safetensors");
 */
export function readWeights(path: string, options: WeightsOptions = {}): Weights {
  checkOptions("readWeights", options, ["entry"]);
  return decodeWeights(readBytes(path, weightsExpected), path, options);
}
