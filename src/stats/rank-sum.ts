import { checkValues } from "./check-values.js";
import { normalProbability } from "./normal.js";
import { ranks, tieTerm } from "./ranks.js";

/** Beyond this many values in all the normal approximation is as good as exact. */
const EXACT_UP_TO = 80;

/** What {@link rankSumTest} finds. */
export interface RankSumTest {
  /** Mann and Whitney's U: the number of pairs in which a's value is larger, an equal pair counting ½. */
  readonly statistic: number;
  /** Two-sided p-value of "both have the same distribution". */
  readonly p: number;
  readonly exact: boolean;
}

/**
 * The rank sum test of Mann, Whitney and Wilcoxon of two models with different seeds.
 *
 * Exact up to 80 values in all, with ties, too: if models are alike, each choice of m of the m + n ranks is equally
 * likely. Above, the normal approximation with the corrections for ties and for continuity.
 *
 * H. B. Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically larger than the
 * other, Annals of Mathematical Statistics 18, 1947. As SciPy's `mannwhitneyu`.
 *
 * @throws InputError without values of a model, or where one is not finite
 * @example
 * const { p } = rankSumTest([97.9, 98.1, 97.6, 98.0], [97.1, 97.4, 96.9, 97.2]);
 */
export function rankSumTest(a: ArrayLike<number>, b: ArrayLike<number>): RankSumTest {
  checkValues("rankSumTest", a, 1);
  checkValues("rankSumTest", b, 1);
  const [m, n] = [a.length, b.length];
  const both = Float64Array.of(...Array.from(a), ...Array.from(b));
  const rank = ranks(both);
  let sum = 0;
  for (let at = 0; at < m; at++) sum += rank[at]!;
  const statistic = sum - (m * (m + 1)) / 2;
  const exact = m + n <= EXACT_UP_TO;
  const p = exact ? exactP(rank, m, sum) : normalP(m, n, statistic, tieTerm(both));
  return { statistic, p, exact };
}

/** The probability of a sum of m ranks at least as far from its mean, over all choices of m ranks. */
function exactP(rank: Float64Array, m: number, sum: number): number {
  const chances = rankSumChances(rank, m);
  const twice = 2 * sum;
  const middle = m * (rank.length + 1);
  const distance = Math.abs(twice - middle);
  let p = 0;
  for (let at = 0; at < chances.length; at++) {
    if (Math.abs(at - middle) >= distance) p += chances[at]!;
  }
  return Math.min(1, p);
}

/**
 * The probability of each sum of m ranks that are drawn without replacement. Entry s is that of the sum s / 2, as
 * midranks may end in ½.
 */
function rankSumChances(rank: Float64Array, m: number): Float64Array {
  let total = 0;
  for (const each of rank) total += 2 * each;
  // chances[j][s]: of the ranks so far, j are drawn and their doubled sum is s.
  const chances = Array.from({ length: m + 1 }, () => new Float64Array(total + 1));
  chances[0]![0] = 1;
  for (let seen = 0; seen < rank.length; seen++) {
    const size = 2 * rank[seen]!;
    for (let drawn = Math.min(m, seen + 1); drawn >= 0; drawn--) {
      // Of the N − seen ranks left, m − drawn are still to be drawn.
      const left = rank.length - seen;
      const taken = (m - drawn + 1) / left;
      const passed = Math.max(0, 1 - (m - drawn) / left);
      const own = chances[drawn]!;
      const before = drawn > 0 ? chances[drawn - 1]! : undefined;
      for (let sum = total; sum >= 0; sum--) {
        const from = before !== undefined && sum >= size ? before[sum - size]! * taken : 0;
        own[sum] = own[sum]! * passed + from;
      }
    }
  }
  return chances[m]!;
}

/** `z = (|U − mn/2| − ½) / √(mn/12 · (N + 1 − Σ(t³ − t) / (N(N − 1))))` */
function normalP(m: number, n: number, statistic: number, ties: number): number {
  const all = m + n;
  const variance = ((m * n) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (variance === 0) return 1;
  const z = (Math.abs(statistic - (m * n) / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * normalProbability(-z));
}
