import { checkSeed, checkWhole, shown } from "../arguments.js";
import { isPositive32 } from "../engine/check-engine-options.js";
import { InputError } from "../errors.js";

/** The numbers of a training that are right or wrong whatever it trains on. */
export interface TrainingNumbers {
  readonly epochs: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly patience?: number | undefined;
}

/** @throws InputError naming the first one that is wrong */
export function checkTrainingNumbers(
  where: string,
  { epochs, seed, learningRate, patience }: TrainingNumbers,
): void {
  checkWhole(where, "epochs", epochs, 1);
  checkSeed(where, "seed", seed);
  if (!(Number.isFinite(learningRate) && learningRate > 0)) {
    throw new InputError(where, "learningRate to be a number above 0", shown(learningRate));
  }
  // The engine takes it as float32: what becomes 0 or infinite there trains nothing.
  if (!isPositive32(learningRate)) {
    throw new InputError(where, "learningRate to be 1.5e-45 to 3.4e38", shown(learningRate));
  }
  if (patience !== undefined) checkWhole(where, "patience", patience, 1);
}
