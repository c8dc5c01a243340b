import { checkWhole } from "../arguments.js";
import { wholePower } from "../numbers.js";
import { checkBetween, checkPositive } from "./check-values.js";
import { exponential, logarithm } from "./distributions/exponential.js";
import { logGamma } from "./distributions/gamma.js";
import { gaussLegendre } from "./gauss-legendre.js";

/** Options of {@link sequentialBoundary}. */
export interface BoundaryOptions {
  /** The most seeds that may be tried, fixed before the first: `firstLook` or more. */
  readonly maxSeeds: number;
  /** Seeds before the first look, 3 or more; default 5. */
  readonly firstLook?: number;
  /** Probability of a false alarm at any look, default 0.05. */
  readonly level?: number;
  /** ρ of the spending function, above 0; default 2. Larger: more power at the end, less at the beginning. */
  readonly spending?: number;
}

/** Critical values of the t-statistic, one per look. */
export interface SequentialBoundary {
  readonly firstLook: number;
  readonly maxSeeds: number;
  readonly level: number;
  /** `critical[n − firstLook]`: with n seeds, |t| above it is significant. */
  readonly critical: Float64Array;
}

/**
 * The critical values of a t-test that is looked at after every seed, from `firstLook` to `maxSeeds`, so that the
 * probability of |t| above its critical value at *any* look is `level` if the true difference is 0.
 *
 * How much of `level` may be spent up to n seeds is fixed before: `α(n) = level · (n / maxSeeds)^ρ`. From it follow the
 * critical values, look by look: `P(|tₙ| > cₙ and no earlier |t| above its c) = α(n) − α(n − 1)`.
 *
 * The probabilities are exact for normal differences with an unknown deviation, by numerical integration. `R = Σx / √Σx²`
 * takes the place of t, as `t = R √((n − 1) / (n − R²))`. R of n + 1 values depends on the earlier ones only by R of n
 * values; backward, given `R' = r` of n + 1 values, the last value's share of their length is
 * `u = r / (n + 1) + √(1 − r² / (n + 1)) √(n / (n + 1)) w`, with w the coordinate of a random direction in n dimensions,
 * and R of the first n is `(r − u) / √(1 − u²)`.
 *
 * Sources: K. K. G. Lan and D. L. DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70, 1983
 * (spending); K. Kim and D. L. DeMets, Design and analysis of group sequential tests based on the type I error spending
 * rate function, Biometrika 74, 1987 (this family of functions); C. Jennison and B. W. Turnbull, Exact calculations for
 * sequential t, χ² and F tests, Biometrika 78, 1991 (t instead of z).
 *
 * @throws InputError for options out of their ranges
 * @example
 * const boundary = sequentialBoundary({ maxSeeds: 12 });
 */
export function sequentialBoundary({
  maxSeeds,
  firstLook = 5,
  level = 0.05,
  spending = 2,
}: BoundaryOptions): SequentialBoundary {
  checkWhole("sequentialBoundary", "firstLook", firstLook, 3);
  checkWhole("sequentialBoundary", "maxSeeds", maxSeeds, firstLook, 1000);
  checkBetween("sequentialBoundary", "level", level, 0, 1);
  checkPositive("sequentialBoundary", "spending", spending);
  const spent = (n: number) => level * exponential(spending * logarithm(n / maxSeeds));
  const critical = new Float64Array(maxSeeds - firstLook + 1);
  let before: Look = { survival: () => 1, edge: Math.sqrt(firstLook) };
  for (let n = firstLook; n <= maxSeeds; n++) {
    const chance = n === firstLook ? spent(n) : spent(n) - spent(n - 1);
    const bound = boundAt(n, chance, before);
    critical[n - firstLook] = bound * Math.sqrt((n - 1) / (n - bound * bound));
    before = afterLook(n, bound, before);
  }
  return { firstLook, maxSeeds, level, critical };
}

/** What the earlier looks leave over for the next. */
interface Look {
  /** `P(no earlier crossing | R = r)`; even in r. */
  readonly survival: (r: number) => number;
  /** The largest R that can be reached without an earlier crossing. */
  readonly edge: number;
}

const INNER = gaussLegendre(40);
const TAIL = gaussLegendre(40);
const POINTS = gaussLegendre(20);

/** The bound with `P(|R| > bound and no earlier crossing) = chance`, by Newton's method between two limits. */
function boundAt(n: number, chance: number, before: Look): number {
  const density = directionDensity(n);
  let [low, high] = [0, before.edge];
  let bound = before.edge * 0.9;
  for (let step = 0; step < 100; step++) {
    const excess = crossing(n, bound, before, density) - chance;
    if (Math.abs(excess) < 1e-12 * chance) break;
    if (excess > 0) low = bound;
    else high = bound;
    const slope = (2 * density(bound / Math.sqrt(n)) * before.survival(bound)) / Math.sqrt(n);
    const next = bound + excess / slope;
    bound = next > low && next < high ? next : (low + high) / 2;
  }
  return bound;
}

/** `P(|R| > bound and no earlier crossing)`, `2 ∫ density · survival` from the bound to the edge. */
function crossing(n: number, bound: number, before: Look, density: Density): number {
  let sum = 0;
  for (let at = 0; at < TAIL.nodes.length; at++) {
    // Squared nodes, since the survival ends at the edge as a square root.
    const s = TAIL.nodes[at]!;
    const r = before.edge - (before.edge - bound) * s * s;
    sum += TAIL.weights[at]! * 2 * s * density(r / Math.sqrt(n)) * before.survival(r);
  }
  return (2 * sum * (before.edge - bound)) / Math.sqrt(n);
}

type Density = (w: number) => number;

/** Density of a coordinate of a random direction in n dimensions: `Γ(n/2) / (√π Γ((n − 1)/2)) · (1 − w²)^((n − 3)/2)`. */
function directionDensity(n: number): Density {
  const factor = exponential(logGamma(n / 2) - logGamma((n - 1) / 2)) / Math.sqrt(Math.PI);
  return (w) => factor * Math.sqrt(wholePower(Math.max(0, 1 - w * w), n - 3));
}

/** What is left over after look n. */
function afterLook(n: number, bound: number, before: Look): Look {
  const inside = interpolated(before.survival, bound);
  const density = directionDensity(n);
  const most = Math.min(1, 12 / Math.sqrt(n)); // beyond 12 deviations the density is 0
  const survival = (r: number): number => {
    // |R of n values| < bound where u is in (r ± bound √(1 + bound² − r²)) / (1 + bound²).
    const under = 1 + bound * bound - r * r;
    if (under <= 0) return 0;
    const scale = Math.sqrt(Math.max(0, 1 - (r * r) / (n + 1)) * (n / (n + 1)));
    if (scale === 0) return inside(r / Math.sqrt((n + 1) / n));
    const wOf = (u: number) => Math.min(most, Math.max(-most, (u - r / (n + 1)) / scale));
    const reach = bound * Math.sqrt(under);
    const low = wOf((r - reach) / (1 + bound * bound));
    const high = wOf((r + reach) / (1 + bound * bound));
    let sum = 0;
    for (let at = 0; at < INNER.nodes.length; at++) {
      const w = low + (high - low) * INNER.nodes[at]!;
      const u = r / (n + 1) + scale * w;
      sum += INNER.weights[at]! * density(w) * inside((r - u) / Math.sqrt(1 - u * u));
    }
    return (high - low) * sum;
  };
  return { survival, edge: Math.min(Math.sqrt(n + 1), Math.sqrt(1 + bound * bound)) };
}

/** An even function on −bound..bound as a polynomial in r² through the points of Gauss and Legendre. */
function interpolated(f: (r: number) => number, bound: number): (r: number) => number {
  const points = POINTS.nodes.map((node) => bound * bound * node);
  const values = points.map((point) => f(Math.sqrt(point)));
  return (r) => {
    let over = 0;
    let under = 0;
    for (let at = 0; at < points.length; at++) {
      const distance = r * r - points[at]!;
      if (distance === 0) return values[at]!;
      const weight = BARYCENTRIC[at]! / distance;
      over += weight * values[at]!;
      under += weight;
    }
    return over / under;
  };
}

/**
 * Barycentric weights of the points of Gauss and Legendre: `±√(x (1 − x) weight)`, up to a factor. H. Wang and S. Xiang,
 * On the convergence rates of Legendre approximation, Mathematics of Computation 81, 2012.
 */
const BARYCENTRIC = POINTS.nodes.map(
  (x, at) => (at % 2 === 0 ? 1 : -1) * Math.sqrt(x * (1 - x) * POINTS.weights[at]!),
);
