import { checkSeed, checkWhole } from "../arguments.js";
import { philox, STREAM_SIGN_FLIP } from "../graph/philox.js";
import { checkPairs } from "./check-values.js";
import { differences } from "./differences.js";

/** Up to this many differences all choices of signs are tried: 2¹⁶ of them. */
const EXACT_UP_TO = 16;

/** The test by random signs of paired differences. */
export interface SignFlipTest {
  /** Two-sided p-value of "the differences are symmetric around 0". */
  readonly p: number;
  readonly exact: boolean;
}

/**
 * The sign-flip permutation test of two models with the same seeds. If the models are alike, `a − b` is as often above
 * as below 0 for each seed. The p-value is the share of the choices of signs whose mean is at least as far from 0 as the
 * mean found. It assumes no normal distribution.
 *
 * Exact, with all 2ⁿ choices, up to 16 seeds. Above, `draws` random choices and the one found:
 * `p = (1 + as far) / (1 + draws)`. With 5 seeds the smallest possible p is 0.0625.
 *
 * R. A. Fisher, The design of experiments, 1935, §21. As SciPy's `permutation_test(…, permutation_type="samples")`.
 *
 * @param options.draws default 65,535
 * @param options.seed of the random choices, default 0
 * @throws InputError without values, for lists of different lengths, or where a value is not finite
 */
export function signFlipTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { draws = 65_535, seed = 0 }: { readonly draws?: number; readonly seed?: number } = {},
): SignFlipTest {
  checkPairs("signFlipTest", a, b, 1);
  checkWhole("signFlipTest", "draws", draws, 1);
  checkSeed("signFlipTest", "seed", seed);
  const each = differences(a, b);
  const found = Math.abs(each.reduce((sum, difference) => sum + difference, 0));
  // Sums that are equal in decimals must count as equal: differences are rounded to about 10⁻¹² of the values.
  const largest = Math.max(...Array.from(a, Math.abs), ...Array.from(b, Math.abs));
  const far = found - each.length * largest * 2 ** -40;
  const exact = each.length <= EXACT_UP_TO;
  if (exact) return { p: exactShare(each, far), exact };
  let count = 1;
  for (let draw = 0; draw < draws; draw++) {
    if (Math.abs(randomlySigned(each, seed, draw)) >= far) count++;
  }
  return { p: count / (1 + draws), exact };
}

/** The share of all choices of signs with a sum of at least `far`, above or below 0. */
function exactShare(each: readonly number[], far: number): number {
  const choices = 2 ** each.length;
  let count = 0;
  for (let signs = 0; signs < choices; signs++) {
    let sum = 0;
    for (let at = 0; at < each.length; at++) {
      sum += (signs >> at) & 1 ? each[at]! : -each[at]!;
    }
    if (Math.abs(sum) >= far) count++;
  }
  return count / choices;
}

function randomlySigned(each: readonly number[], seed: number, draw: number): number {
  const key = { seed, stream: STREAM_SIGN_FLIP, step: draw };
  let sum = 0;
  for (let at = 0; at < each.length; at += 128) {
    const block = philox(key, at / 128);
    for (let bit = 0; bit < 128 && at + bit < each.length; bit++) {
      const difference = each[at + bit]!;
      sum += (block[bit >> 5]! >>> (bit & 31)) & 1 ? difference : -difference;
    }
  }
  return sum;
}
