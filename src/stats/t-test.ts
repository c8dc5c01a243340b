import { checkBetween, checkPairs, checkValues } from "./check-values.js";
import { mean, sampleDeviation } from "./deviation.js";
import { differences } from "./differences.js";
import { studentCritical, studentTwoSided } from "./distributions/student.js";
import type { Interval } from "./intervals.js";

/** What a t-test says of a mean or of a difference of two. */
export interface TTest {
  /** The mean, or the difference of the means. */
  readonly estimate: number;
  /** Its standard error. */
  readonly error: number;
  /** `estimate / error`; ±∞ where the error is 0 and the estimate is not, 0 where both are. */
  readonly t: number;
  readonly degrees: number;
  /** Two-sided p-value of "the true value is 0". */
  readonly p: number;
  readonly interval: Interval;
}

/**
 * The mean of n values with its interval, and Student's test of "the true mean is 0":
 * `x̄ ± t(n − 1) s / √n` and `t = x̄ √n / s`, with the sample's deviation s.
 *
 * Where all values are equal, the interval has no width: what varies between seeds was not seen.
 *
 * Student, The probable error of a mean, Biometrika 6, 1908. As SciPy's `ttest_1samp`.
 *
 * @param confidence of the interval, default 0.95
 * @throws InputError for fewer than 2 values, or where one is not finite
 * @example
 * const { estimate, interval } = meanTest([0.8, 0.7, 0.7, 0.8, 0.5]); // 0.7, 0.548 to 0.852
 */
export function meanTest(values: ArrayLike<number>, confidence = 0.95): TTest {
  checkValues("meanTest", values, 2);
  const error = sampleDeviation(values) / Math.sqrt(values.length);
  return tTest("meanTest", mean(values), error, values.length - 1, confidence);
}

/**
 * The paired t-test of two models with the same seeds: `meanTest` of the differences `a − b`, seed by seed. What a
 * seed does to both models alike drops out.
 *
 * @throws InputError for fewer than 2 seeds, lists of different lengths, or where a value is not finite
 * @example
 * const { p } = pairedTTest([97.9, 98.1, 97.6, 98.0], [97.1, 97.4, 96.9, 97.2]); // seed by seed
 */
export function pairedTTest(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95): TTest {
  checkPairs("pairedTTest", a, b, 2);
  return meanTest(differences(a, b), confidence);
}

/**
 * Welch's t-test of two models with different seeds, and with deviations that may differ:
 * `t = (ā − b̄) / √(A + B)` with `A = s²ₐ / m`, `B = s²ᵦ / n` and `(A + B)² / (A² / (m − 1) + B² / (n − 1))` degrees of
 * freedom.
 *
 * B. L. Welch, The generalization of "Student's" problem when several different population variances are involved,
 * Biometrika 34, 1947. As SciPy's `ttest_ind(a, b, equal_var=False)`.
 *
 * @throws InputError for fewer than 2 values of a model, or where one is not finite
 * @example
 * const { p } = welchTTest([97.9, 98.1, 97.6], [97.1, 97.4, 96.9, 97.2]);
 */
export function welchTTest(a: ArrayLike<number>, b: ArrayLike<number>, confidence = 0.95): TTest {
  checkValues("welchTTest", a, 2);
  checkValues("welchTTest", b, 2);
  const [one, other] = [a, b].map((each) => sampleDeviation(each) ** 2 / each.length);
  const sum = one! + other!;
  const under = one! ** 2 / (a.length - 1) + other! ** 2 / (b.length - 1);
  const degrees = under === 0 ? a.length + b.length - 2 : sum ** 2 / under;
  return tTest("welchTTest", mean(a) - mean(b), Math.sqrt(sum), degrees, confidence);
}

function tTest(
  where: string,
  estimate: number,
  error: number,
  degrees: number,
  confidence: number,
): TTest {
  checkBetween(where, "confidence", confidence, 0, 1);
  const t = estimate === 0 ? 0 : estimate / error;
  const half = error === 0 ? 0 : error * studentCritical(1 - confidence, degrees);
  return {
    estimate,
    error,
    t,
    degrees,
    p: studentTwoSided(t, degrees),
    interval: { low: estimate - half, high: estimate + half },
  };
}
