/** Numbers in [0, 1) from a seed (mulberry32): independent of the code under test. */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Gives `count` values; rounded to float32, so that both executors start from the same numbers. */
export type Fill = (count: number, random: Random) => Float64Array;

/** Uniform in ±bound. */
export function uniform(bound = 1): Fill {
  return (count, random) =>
    Float64Array.from({ length: count }, () => Math.fround((2 * random() - 1) * bound));
}

/** All different by at least 0.02 and never closer to 0 than 0.01, in random order: no kinks near. */
export const separated: Fill = (count, random) => {
  const values = Float64Array.from({ length: count }, (_, i) =>
    Math.fround((i - Math.floor(count / 2) + 0.5) * 0.02),
  );
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
};

/** Exactly these values, over again. */
export function fixed(values: readonly number[]): Fill {
  return (count) =>
    Float64Array.from({ length: count }, (_, i) => Math.fround(values[i % values.length]!));
}

/** In a map [channel, position], about this fraction of positions have the same values in all channels. */
export function blank(channels: number, share: number, fill: Fill): Fill {
  return (count, random) => {
    const values = fill(count, random);
    const places = count / channels;
    for (let place = 0; place < places; place++) {
      if (random() >= share) continue;
      for (let c = 0; c < channels; c++) values[c * places + place] = Math.fround(0.3 - 0.1 * c);
    }
    return values;
  };
}
