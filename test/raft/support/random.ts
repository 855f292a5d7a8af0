/** Random numbers from a seed: the same seed, the same run. */

export type Random = () => number;

/** Uniform in [0, 1); mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer with low <= result < high. */
export function integerBetween(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low));
}

/** One of the items, of which there is at least one. */
export function oneOf<T>(random: Random, items: readonly T[]): T {
  const item = items[integerBetween(random, 0, items.length)];
  if (item === undefined) {
    throw new Error('nothing to choose from');
  }
  return item;
}

/** The items in another order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = integerBetween(random, 0, i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
