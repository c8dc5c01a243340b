import type { Dataset } from "./dataset.js";
import { sameNormalisation } from "./normalisation.js";
import { DIGITS_FACTS } from "./sources/digits.js";
import { DISTORTED_FACTS } from "./sources/distorted-facts.js";
import { MNIST_FACTS } from "./sources/mnist.js";

/** The data that a name finds on every machine: what `--data` and `loadData` take. */
const known = [MNIST_FACTS, DIGITS_FACTS, ...DISTORTED_FACTS];

type KnownName = (typeof known)[number]["name"];

/** Whether a name finds the same data on every machine. */
export function isKnownName(name: string): boolean {
  return known.some((facts) => facts.name === name);
}

/**
 * The name by which exactly these data are found, whatever they are called; undefined for a part of them,
 * for another normalisation, and for all other data.
 */
export function knownDataName(
  data: Pick<Dataset, "digest" | "mean" | "std">,
): KnownName | undefined {
  return known.find((facts) => facts.digest === data.digest && sameNormalisation(facts, data))
    ?.name;
}
