// The last digit of `Math.exp` and `Math.log` differs between browsers. These two use only + − × ÷, so that all
// intervals and p-values have the same bits everywhere.

/** ln 2 in two parts: the first has few enough digits that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** `1 / k!` for k = 0 to 13. */
const INVERSE_FACTORIALS: number[] = [1];
for (let k = 1; k <= 13; k++) INVERSE_FACTORIALS.push(INVERSE_FACTORIALS[k - 1]! / k);

/**
 * `eˣ`, with a relative error below 10⁻¹⁵; 0 below x = −745, ∞ above 709.78.
 *
 * `eˣ = 2ᵏ · eʳ` with `r = x − k ln 2` in ±0.35; `eʳ` is its Taylor series to r¹³.
 */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 0;
  for (let power = 13; power >= 0; power--) sum = sum * r + INVERSE_FACTORIALS[power]!;
  // Two steps, as 2ᵏ alone may be too large or too small for a number.
  const half = Math.trunc(k / 2);
  return sum * powerOfTwo(half) * powerOfTwo(k - half);
}

/**
 * The natural logarithm, with a relative error below 10⁻¹⁵; −∞ at 0, NaN below.
 *
 * `ln x = k ln 2 + ln m` with m between √½ and √2; `ln m = 2 (s + s³/3 + s⁵/5 + …)` with `s = (m − 1) / (m + 1)`.
 */
export function logarithm(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0) || x === Infinity) return x > 0 ? x : Number.NaN;
  if (x < 2 ** -1022) return logarithm(x * 2 ** 54) - 54 * LN2_HIGH - 54 * LN2_LOW;
  let k = exponentOf(x);
  let m = (x * powerOfTwo(-Math.trunc(k / 2))) / powerOfTwo(k - Math.trunc(k / 2));
  if (m > Math.SQRT2) {
    m /= 2;
    k++;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let odd = 25; odd >= 3; odd -= 2) sum = sum * square + 1 / odd;
  return k * LN2_HIGH + (2 * s + (2 * s * square * sum + k * LN2_LOW));
}

const float = new DataView(new ArrayBuffer(8));

/** 2ᵏ, exact, for k in −1022..1023. */
function powerOfTwo(k: number): number {
  float.setUint32(0, (k + 1023) << 20);
  float.setUint32(4, 0);
  return float.getFloat64(0);
}

/** The k with `2ᵏ ≤ x < 2ᵏ⁺¹` of a normal number above 0. */
function exponentOf(x: number): number {
  float.setFloat64(0, x);
  return (float.getUint32(0) >>> 20) - 1023;
}
