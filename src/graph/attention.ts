/** Queries, keys and values of `count` tokens of `width` values, token by token. */
export interface Tokens {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly count: number;
  readonly width: number;
  readonly heads: number;
  /** Added to the score of query i and key j. Default 0. */
  bias?(head: number, i: number, j: number): number;
}

/**
 * Scaled dot-product attention over tokens, in float64.
 *
 * `P[i, j] = softmax_j(q_i · k_j / √d)`, `o_i = Σ_j P[i, j] v_j` in each head; a token has the d = width / heads values
 * of each head side by side.
 * Paper: Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
 */
export function attend(tokens: Tokens): Float64Array {
  const { v, count, width, heads } = tokens;
  const output = new Float64Array(count * width);
  for (let head = 0; head < heads; head++) {
    const weights = attentionWeights(tokens, head);
    const channels = headChannels(tokens, head);
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++)
        for (const c of channels)
          output[i * width + c]! += weights[i * count + j]! * v[j * width + c]!;
  }
  return output;
}

/** `P[i, j]` of one head, row by row; each row sums to 1. */
export function attentionWeights(tokens: Tokens, head: number): Float64Array {
  const { count } = tokens;
  const weights = new Float64Array(count * count);
  for (let i = 0; i < count; i++) weights.set(attentionRow(tokens, head, i), i * count);
  return weights;
}

/** `P[i, j]` of one head and one query i; they sum to 1. */
export function attentionRow(tokens: Omit<Tokens, "v">, head: number, i: number): Float64Array {
  const { q, k, count, width } = tokens;
  const channels = headChannels(tokens, head);
  const scale = 1 / Math.sqrt(channels.length);
  const row = new Float64Array(count);
  for (let j = 0; j < count; j++) row[j] = tokens.bias?.(head, i, j) ?? 0;
  for (let j = 0; j < count; j++)
    for (const c of channels) row[j]! += q[i * width + c]! * k[j * width + c]! * scale;
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  let sum = 0;
  for (let j = 0; j < count; j++) {
    row[j] = Math.exp(row[j]! - largest);
    sum += row[j]!;
  }
  for (let j = 0; j < count; j++) row[j]! /= sum;
  return row;
}

/**
 * Gradients of `attend` with respect to q, k and v, given dL/do.
 *
 * `dP[i, j] = do_i · v_j`, `dS[i, j] = P[i, j] (dP[i, j] − Σ_l P[i, l] dP[i, l]) / √d`,
 * `dq_i = Σ_j dS[i, j] k_j`, `dk_j = Σ_i dS[i, j] q_i`, `dv_j = Σ_i P[i, j] do_i`
 *
 * @param onScore gets the gradient with respect to each score, `dS[i, j] · √d`
 */
export function attendBackward(
  tokens: Tokens,
  gradient: Float64Array,
  onScore?: (head: number, i: number, j: number, dScore: number) => void,
): { dq: Float64Array; dk: Float64Array; dv: Float64Array } {
  const { q, k, v, count, width, heads } = tokens;
  const dq = new Float64Array(count * width);
  const dk = new Float64Array(count * width);
  const dv = new Float64Array(count * width);
  for (let head = 0; head < heads; head++) {
    const weights = attentionWeights(tokens, head);
    const channels = headChannels(tokens, head);
    const scale = 1 / Math.sqrt(channels.length);
    for (let i = 0; i < count; i++) {
      const dP = new Float64Array(count);
      let mean = 0;
      for (let j = 0; j < count; j++) {
        for (const c of channels) dP[j]! += gradient[i * width + c]! * v[j * width + c]!;
        mean += weights[i * count + j]! * dP[j]!;
      }
      for (let j = 0; j < count; j++) {
        const p = weights[i * count + j]!;
        onScore?.(head, i, j, p * (dP[j]! - mean));
        const dS = p * (dP[j]! - mean) * scale;
        for (const c of channels) {
          dq[i * width + c]! += dS * k[j * width + c]!;
          dk[j * width + c]! += dS * q[i * width + c]!;
          dv[j * width + c]! += p * gradient[i * width + c]!;
        }
      }
    }
  }
  return { dq, dk, dv };
}

function headChannels({ width, heads }: Pick<Tokens, "width" | "heads">, head: number): number[] {
  const size = width / heads;
  return Array.from({ length: size }, (_, i) => head * size + i);
}
