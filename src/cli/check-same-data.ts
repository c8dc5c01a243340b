import type { Dataset } from "../data/dataset.js";
import type { PixelStatistics } from "../data/normalisation.js";
import { InputError } from "../errors.js";

/**
 * Checks the digest of the data that weights were trained on, where it is known.
 *
 * @param path of the weights, for the message
 * @throws InputError where it is another
 */
export function checkSameData(
  path: string,
  trained: { readonly name?: string; readonly digest?: string },
  data: Dataset,
): void {
  const { name, digest } = trained;
  if (digest === undefined || digest === data.digest) return;
  const short = digest.slice(0, 12);
  const expected = name ? `the run's data, ${name} (${short})` : `the weights' data (${short})`;
  const got = `${data.name} (${data.digest.slice(0, 12)}); --data chooses it`;
  throw new InputError(path, expected, got);
}

/**
 * A run's data as they went into its network, which may have taken them otherwise than they are normalised by default; other
 * data as they are.
 */
export function asTrained(
  data: Dataset,
  trained: (PixelStatistics & { readonly digest: string }) | undefined,
): Dataset {
  if (trained?.digest !== data.digest) return data;
  return { ...data, mean: trained.mean, std: trained.std };
}
